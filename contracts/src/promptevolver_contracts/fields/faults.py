"""Why a filter or a sort does not fit a resource."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from promptevolver_contracts.fields.catalogue import RESOURCES, Resource, names
from promptevolver_contracts.fields.kinds import FieldSpec, Kind
from promptevolver_contracts.fields.moments import moment
from promptevolver_contracts.filters import Among, Compare, Leaf, Presence, Search, Value


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a filter or a sort does not fit a resource."""

    code: Literal["unknown_field", "wrong_type", "unknown_value", "not_comparable"]
    message: str
    allowed: tuple[str, ...] | None = None


def fault(leaf: Leaf, resource: Resource) -> Fault | None:
    """Say why a comparison does not fit the resource, or give None."""
    if isinstance(leaf, Search):
        return None
    wrong = field_fault(leaf.field, resource)
    if wrong is not None or isinstance(leaf, Presence):
        return wrong
    spec = RESOURCES[resource][leaf.field[0]]
    values = leaf.values if isinstance(leaf, Among) else (leaf.value,)
    wrongs = (_value_fault(leaf, value, spec) for value in values)
    return _operator_fault(leaf, spec) or next((each for each in wrongs if each), None)


def field_fault(path: tuple[str, ...], resource: Resource) -> Fault | None:
    """Say why there is no such field, or give None."""
    known = RESOURCES[resource]
    spec = known.get(path[0])
    if spec is None:
        message = f"{resource} have no field '{path[0]}'{_hint(path[0], known)}"
        return Fault("unknown_field", message, names(resource))
    dotted = ".".join(path)
    if not spec.nested and len(path) > 1:
        return Fault("unknown_field", f"'{path[0]}' has no keys inside, so no '{dotted}'")
    if spec.nested and len(path) == 1:
        return Fault("unknown_field", f"name a key inside '{path[0]}': '{path[0]}.KEY'")
    if spec.kind is Kind.NUMBERS and len(path) > 2:
        return Fault("unknown_field", f"'{path[0]}' holds numbers by name; shorten '{dotted}'")
    return None


def _hint(name: str, known: Mapping[str, FieldSpec]) -> str:
    near = get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    return f"; did you mean '{near[0]}'?" if near else ""


def _operator_fault(leaf: Compare | Among, spec: FieldSpec) -> Fault | None:
    texts = spec.kind in (Kind.TEXT, Kind.TEXTS, Kind.KEYS)
    if leaf.op in ("contains", "like") and not texts:
        return Fault("not_comparable", f"'{leaf.field[0]}' is no text; use = < > instead")
    if leaf.op in ("<", "<=", ">", ">=") and spec.kind is Kind.BOOLEAN:
        return Fault("not_comparable", f"'{leaf.field[0]}' is true or false; use =")
    return None


def _value_fault(leaf: Compare | Among, value: Value, spec: FieldSpec) -> Fault | None:
    name = ".".join(leaf.field)
    if leaf.op in ("contains", "like") and not isinstance(value, str):
        return Fault("wrong_type", f"'{leaf.op}' takes a text in quotes, not {value!r}")
    if isinstance(value, bool) and leaf.op in ("<", "<=", ">", ">="):
        return Fault("not_comparable", f"true and false have no order; compare '{name}' with =")
    if not _fits(value, spec.kind):
        return Fault("wrong_type", f"'{name}' is a {spec.kind}; {value!r} is none")
    if spec.allowed and leaf.op in ("=", "!=", "in", "not in") and value not in spec.allowed:
        near = get_close_matches(str(value), spec.allowed, n=1, cutoff=0.5)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        return Fault("unknown_value", f"'{name}' is never {value!r}{hint}", spec.allowed)
    return None


def _fits(value: Value, kind: Kind) -> bool:
    match kind:
        case Kind.TEXT | Kind.TEXTS:
            return isinstance(value, str)
        case Kind.NUMBER | Kind.NUMBERS:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case Kind.BOOLEAN:
            return isinstance(value, bool)
        case Kind.DATE:
            return isinstance(value, str) and _is_date(value)
        case Kind.KEYS:
            return True


def _is_date(text: str) -> bool:
    try:
        moment(text)
    except ValueError:
        return False
    return True
