"""From what callers write to requests of jobs."""

from collections.abc import Mapping
from typing import Any

from promptevolver_contracts.errors import FieldError
from promptevolver_contracts.fields import RESOURCES, Resource
from promptevolver_contracts.filters import Term
from promptevolver_contracts.jobs import ExportResource
from pydantic import BaseModel, ValidationError

from promptevolver_gateway.lists.columns import GROUPS, IDENTITY
from promptevolver_gateway.lists.wishes import filter_of
from promptevolver_gateway.mending import field_errors
from promptevolver_gateway.problems import Problem

_FILTERED: Mapping[ExportResource, Resource] = {name: name for name in RESOURCES}


def checked[M: BaseModel](model: type[M], **fields: Any) -> M:
    """Make a message of a body's fields. Raises Problem for those that do not fit together."""
    try:
        return model(**fields)
    except ValidationError as error:
        raise Problem.of_fields(field_errors(error.errors())) from error


def filter_of_export(written: Term | str | None, resource: ExportResource) -> Term | None:
    """Read the filter of an export. Raises Problem."""
    if not isinstance(written, str):
        return written
    named = _FILTERED.get(resource)
    if named is None:
        message = f"{resource} take no filter, {', '.join(_FILTERED)} do; use params instead"
        raise Problem.of_fields([FieldError(pointer="/filter", message=message)])
    return filter_of(written, named, "")


def expanded(fields: tuple[str, ...], resource: ExportResource) -> tuple[str, ...]:
    """Put columns in the place of groups; what names an entry always comes along."""
    named = _FILTERED.get(resource)
    if named is None or not fields:
        return fields
    groups = GROUPS[named]
    columns = (column for field in fields for column in groups.get(field, (field,)))
    return tuple(dict.fromkeys((*IDENTITY[named], *columns)))
