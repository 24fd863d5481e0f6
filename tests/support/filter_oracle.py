"""What a filter means, in plain Python over plain rows; and filters to try it with."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from hypothesis import strategies as st
from promptevolver_contracts.fields import RESOURCES, FieldSpec, Kind, Resource, moment
from promptevolver_contracts.filters import (
    Among,
    Compare,
    Junction,
    Leaf,
    Negation,
    Presence,
    Search,
    Term,
)

Row = Mapping[str, Any]
"""Values by field: None when absent, a list for texts, a dict where keys follow."""

_OPPOSITES = {"!=": "=", "not in": "in", "is null": "is not null"}


def holds(term: Term, row: Row) -> bool:
    """Whether a filter lets a row through; `text` holds what full text looks into."""
    match term:
        case Junction(op="and"):
            return all(holds(each, row) for each in term.terms)
        case Junction():
            return any(holds(each, row) for each in term.terms)
        case Negation():
            return not holds(term.term, row)
        case Search():
            words = set(re.split(r"[\W_]+", row["text"].casefold()))
            return all(w in words for w in re.split(r"[\W_]+", term.text.casefold()) if w)
        case _ if term.op in _OPPOSITES:
            return not holds(term.model_copy(update={"op": _OPPOSITES[term.op]}), row)
        case _:
            return any(_meets(value, term) for value in _values(row, term.field))


def _values(row: Row, path: Sequence[str]) -> list[Any]:
    value: Any = row
    for key in path:
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, list) and re.fullmatch(r"-?\d+", key):
            value = value[int(key)] if -len(value) <= int(key) < len(value) else None
        else:
            value = None
    if value is None:
        return []
    return value if isinstance(value, list) and path[0] in ("tag", "metric") else [value]


def _meets(value: Any, term: Leaf) -> bool:
    match term:
        case Presence():
            return True
        case Among():
            return any(_equal(value, each) for each in term.values)
        case Compare(op="="):
            return _equal(value, term.value)
        case Compare(op="contains"):
            return isinstance(value, str) and str(term.value).lower() in value.lower()
        case Compare(op="like"):
            pattern = re.escape(str(term.value)).replace("%", ".*").replace("_", ".")
            return isinstance(value, str) and bool(
                re.fullmatch(pattern, value, re.IGNORECASE | re.DOTALL)
            )
        case Compare():
            return _ordered(value, term)
        case _:
            raise AssertionError(term)


def _comparable(value: Any, literal: Any) -> Any:
    """Give the literal as the value's type, or None when they are of different types."""
    if isinstance(value, datetime):
        return moment(literal)
    kinds = (bool, str, (int, float))
    kind = next((each for each in kinds if isinstance(value, each)), ())
    other = next((each for each in kinds if isinstance(literal, each)), ())
    return literal if kind == other else None


def _equal(value: Any, literal: Any) -> bool:
    comparable = _comparable(value, literal)
    return comparable is not None and bool(value == comparable)


def _ordered(value: Any, term: Compare) -> bool:
    literal = _comparable(value, term.value)
    if literal is None:
        return False
    sides = {
        "<": value < literal,
        "<=": value <= literal,
        ">": value > literal,
        ">=": value >= literal,
    }
    return bool(sides[term.op])


def filters(leaves: st.SearchStrategy[Leaf]) -> st.SearchStrategy[Term]:
    """Filters of these leaves."""
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(Negation, term=inner),
            st.builds(
                Junction,
                op=st.sampled_from(["and", "or"]),
                terms=st.lists(inner, min_size=2, max_size=4).map(tuple),
            ),
        ),
        max_leaves=8,
    )


def leaves_of(resource: Resource, texts: st.SearchStrategy[str]) -> st.SearchStrategy[Leaf]:
    """Any comparison that fits a resource, with any texts as values and keys."""
    fields = RESOURCES[resource].items()
    return st.one_of(
        *(_leaves(name, spec, texts) for name, spec in fields),
        st.builds(Search, text=texts.filter(bool)),
    )


def _leaves(name: str, spec: FieldSpec, texts: st.SearchStrategy[str]) -> st.SearchStrategy[Leaf]:
    keys = texts.filter(bool).map(lambda key: key[:128])
    paths = {
        Kind.KEYS: st.lists(keys, min_size=1, max_size=3).map(lambda tail: (name, *tail)),
        Kind.NUMBERS: keys.map(lambda key: (name, key)),
    }.get(spec.kind, st.just((name,)))
    values = st.sampled_from(spec.allowed) if spec.allowed else _values_of(spec.kind, texts)
    strings = spec.kind in (Kind.TEXT, Kind.TEXTS, Kind.KEYS)
    equal = st.sampled_from(["=", "!="])
    leaves: list[st.SearchStrategy[Leaf]] = [
        st.builds(Presence, op=st.sampled_from(["is null", "is not null"]), field=paths),
        st.builds(Compare, op=equal, field=paths, value=values),
        st.builds(
            Among,
            op=st.sampled_from(["in", "not in"]),
            field=paths,
            values=st.lists(values, min_size=1, max_size=4).map(tuple),
        ),
    ]
    if spec.kind is not Kind.BOOLEAN:
        ordered = st.sampled_from(["<", "<=", ">", ">="])
        unflagged = values.filter(lambda value: not isinstance(value, bool))
        leaves.append(st.builds(Compare, op=ordered, field=paths, value=unflagged))
    if strings:
        partly = st.sampled_from(["contains", "like"])
        leaves.append(st.builds(Compare, op=partly, field=paths, value=texts))
    return st.one_of(leaves)


def _values_of(kind: Kind, texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    numbers = st.one_of(
        st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False)
    )
    dates = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)).map(datetime.isoformat)  # noqa: DTZ001  without an offset it is UTC
    match kind:
        case Kind.NUMBER | Kind.NUMBERS:
            return numbers
        case Kind.DATE:
            return dates
        case Kind.BOOLEAN:
            return st.booleans()
        case Kind.KEYS:
            return st.one_of(numbers, texts, st.booleans())
        case _:
            return texts
