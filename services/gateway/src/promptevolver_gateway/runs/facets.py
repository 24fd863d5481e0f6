"""Keys of metadata and config in facets: written as in filters."""

from promptevolver_contracts.errors import FieldError
from promptevolver_contracts.filters import Presence
from promptevolver_contracts.history import KEYED, FacetField, FacetValue
from pydantic import TypeAdapter

from promptevolver_gateway.filters import FilterFault, parse
from promptevolver_gateway.filters.quoting import is_name, quote
from promptevolver_gateway.problems import Problem

_STEPS = TypeAdapter(list[str])


def key_of(field: FacetField, text: str | None) -> tuple[str, ...]:
    """Read a key, as `strategy.name` or `"cost center"`. Raises Problem."""
    if text is None:
        return ()
    if field not in KEYED:
        raise _refused(f"'{field}' has no keys; {' and '.join(KEYED)} have")
    try:
        term = parse(f"{field}.{text} is null", "runs")
    except FilterFault as fault:
        raise _unreadable(text) from fault
    if not isinstance(term, Presence):
        raise _unreadable(text)
    return term.field[1:]


def spelled(value: FacetValue) -> FacetValue:
    """Write a key as `key` takes it."""
    steps = _STEPS.validate_json(value.value)
    words = ".".join(each if is_name(each) else quote(each) for each in steps)
    return value.model_copy(update={"value": words})


def _unreadable(text: str) -> Problem:
    return _refused(
        f"{quote(text[:100])} is no key: write names with dots between, as strategy.name, and "
        'what is no plain name in quotes, as "cost center"'
    )


def _refused(message: str) -> Problem:
    return Problem.of_fields([FieldError(pointer="/query/key", message=message)])
