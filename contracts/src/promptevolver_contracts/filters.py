"""The filter language as a value: what a list is narrowed by.

It has two spellings, this JSON and a text; both mean the same. A filter is either true or false of
a row, never unknown: a comparison with something absent is false, and `!=`, `not in` and `not`
are the exact opposites of `=`, `in` and what they stand before.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, StringConstraints

from promptevolver_contracts.base import Part

MAX_DEPTH = 16
MAX_TERMS = 100
MAX_VALUES = 200
MAX_TEXT = 4096
"""Characters of a filter's text spelling."""

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "contains", "like"]

_WITHOUT_NUL = r"^[^\x00]*$"
Key = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=_WITHOUT_NUL)]
Words = Annotated[str, StringConstraints(max_length=1000, pattern=_WITHOUT_NUL)]
Number = (
    Annotated[int, Field(strict=True, ge=-(2**63), le=2**63 - 1)]
    | Annotated[float, Field(strict=True, allow_inf_nan=False)]
)
Value = StrictBool | Number | Words
"""Dates are texts in ISO 8601."""


def _split(path: object) -> object:
    return tuple(path.split(".")) if isinstance(path, str) else path


Path = Annotated[
    tuple[Key, ...],
    Field(min_length=1, max_length=8),
    BeforeValidator(_split, json_schema_input_type=str | tuple[Key, ...]),
]
"""A field, and the keys inside it: `config.strategy.name`, or a list when a key has dots."""


class Compare(Part):
    """A field against a value.

    `contains` looks for a part of a text, `like` matches a whole text with `%` for anything and
    `_` for one character; both ignore case.
    """

    op: Operator
    field: Path
    value: Value


class Among(Part):
    """A field against several values."""

    op: Literal["in", "not in"]
    field: Path
    values: tuple[Value, ...] = Field(min_length=1, max_length=MAX_VALUES)


class Presence(Part):
    """Whether a field has a value."""

    op: Literal["is null", "is not null"]
    field: Path


class Search(Part):
    """Full text: every word occurs somewhere in the row's texts, in any case."""

    op: Literal["search"] = "search"
    text: Words = Field(min_length=1)


class Negation(Part):
    """The opposite."""

    op: Literal["not"] = "not"
    term: "Term"


class Junction(Part):
    """All of several terms, or at least one of them."""

    op: Literal["and", "or"]
    terms: "tuple[Term, ...]" = Field(min_length=2, max_length=MAX_TERMS)


Leaf = Compare | Among | Presence | Search
Term = Annotated[
    Compare | Among | Presence | Search | Negation | Junction, Field(discriminator="op")
]
Negation.model_rebuild()
Junction.model_rebuild()


def bounded(term: Term) -> Term:
    """Give the filter back. Raises ValueError when it is too deep or has too many terms."""
    leaves, level, depth = 0, [term], 0
    while level:
        depth += 1
        leaves += sum(isinstance(each, Leaf) for each in level)
        if depth > MAX_DEPTH:
            raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
        if leaves > MAX_TERMS:
            raise ValueError(f"more than {MAX_TERMS} comparisons")
        level = [inner for each in level for inner in _inner(each)]
    return term


def _inner(term: Term) -> tuple[Term, ...]:
    match term:
        case Negation():
            return (term.term,)
        case Junction():
            return term.terms
        case _:
            return ()


Filter = Annotated[Term, AfterValidator(bounded)]
"""A filter of bounded size."""
