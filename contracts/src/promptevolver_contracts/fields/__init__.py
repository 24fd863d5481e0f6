"""What lists can be filtered and sorted by: each resource's fields, and what each one takes."""

from promptevolver_contracts.fields.catalogue import RESOURCES, Resource, names
from promptevolver_contracts.fields.faults import Fault, fault, field_fault
from promptevolver_contracts.fields.kinds import FieldSpec, Kind
from promptevolver_contracts.fields.moments import moment

__all__ = [
    "RESOURCES",
    "Fault",
    "FieldSpec",
    "Kind",
    "Resource",
    "fault",
    "field_fault",
    "moment",
    "names",
]
