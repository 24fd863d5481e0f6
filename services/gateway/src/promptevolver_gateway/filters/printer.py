"""From a filter to its text. Reading the text gives the same filter."""

from functools import singledispatch

from promptevolver_contracts.filters import (
    Among,
    Compare,
    Junction,
    Negation,
    Presence,
    Search,
    Term,
    Value,
)

from promptevolver_gateway.filters.quoting import is_name, quote


@singledispatch
def spell(term: Term) -> str:
    """Write a filter as text."""
    raise TypeError(f"no filter: {term!r}")


@spell.register
def _(term: Compare) -> str:
    op = "~" if term.op == "contains" else term.op
    return f"{_path(term.field)} {op} {_value(term.value)}"


@spell.register
def _(term: Among) -> str:
    return f"{_path(term.field)} {term.op} ({', '.join(map(_value, term.values))})"


@spell.register
def _(term: Presence) -> str:
    return f"{_path(term.field)} {term.op}"


@spell.register
def _(term: Search) -> str:
    return f"search({quote(term.text)})"


@spell.register
def _(term: Negation) -> str:
    return f"not {_inside(term.term)}"


@spell.register
def _(term: Junction) -> str:
    return f" {term.op} ".join(map(_inside, term.terms))


def _inside(term: Term) -> str:
    return f"({spell(term)})" if isinstance(term, Junction) else spell(term)


def _path(path: tuple[str, ...]) -> str:
    head, *keys = path
    return ".".join([head, *(key if is_name(key) else quote(key) for key in keys)])


def _value(value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return quote(value)
        case _:
            return repr(value)
