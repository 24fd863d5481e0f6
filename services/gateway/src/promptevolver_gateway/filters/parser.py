"""From the text to a filter, or to a fault that points at its place."""

import re
from functools import cache
from importlib.resources import files
from typing import Any

from lark import Lark, Token, Transformer, Tree, UnexpectedInput, UnexpectedToken, v_args
from lark.exceptions import VisitError
from lark.tree import Meta
from promptevolver_contracts import fields
from promptevolver_contracts.fields import Resource
from promptevolver_contracts.filters import (
    MAX_TERMS,
    MAX_TEXT,
    MAX_VALUES,
    Among,
    Compare,
    Junction,
    Leaf,
    Negation,
    Presence,
    Search,
    Term,
    Value,
    bounded,
)
from pydantic import BaseModel, ValidationError

from promptevolver_gateway.filters.quoting import unquote

Branch = Tree[Any]
"""A part of the tree that no callback has replaced: its children are trees or tokens."""

_LIMITS = {
    "terms": f"more than {MAX_TERMS} terms side by side",
    "values": f"a value is too long or too large, or there are more than {MAX_VALUES}",
    "field": "a field's name is too long",
}
_WORD = re.compile(r"\w+|\S")
_SPELLINGS = {
    "COMPARE": ("=", "!=", "<", "<=", ">", ">="),
    "_CONTAINS": ("~",),
    "_LIKE": ("like",),
    "_IN": ("in",),
    "_IS": ("is",),
    "_NOT": ("not",),
    "_NULL": ("null",),
    "_AND": ("and",),
    "_OR": ("or",),
    "_SEARCH": ("search(…)",),
    "LPAR": ("(",),
    "RPAR": (")",),
    "COMMA": (",",),
    "DOT": (".",),
    "STRING": ('"text"',),
    "DATE": ("2026-01-31",),
    "NUMBER": ("1.5",),
    "TRUE": ("true",),
    "FALSE": ("false",),
    "NAME": ("a field",),
    "INDEX": ("a place in a list",),
    "$END": ("the end",),
}


class FilterFault(Exception):
    """A filter that cannot be used: where in its text, and why."""

    def __init__(
        self, message: str, position: int, code: str, allowed: tuple[str, ...] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.code = code
        self.allowed = allowed


def parse(text: str, resource: Resource) -> Term:
    """Read a filter of a resource. Raises FilterFault."""
    if len(text) > MAX_TEXT:
        raise FilterFault(f"longer than {MAX_TEXT} characters", MAX_TEXT, "too_complex")
    try:
        tree = _grammar().parse(text)
    except UnexpectedInput as error:
        raise _syntax(error, text) from error
    try:
        return bounded(_Builder(resource).transform(tree))
    except VisitError as error:
        raise error.orig_exc from error
    except RecursionError as error:
        raise FilterFault("nested too deep", 0, "too_complex") from error
    except ValueError as error:
        raise FilterFault(str(error), 0, "too_complex") from error


@cache
def _grammar() -> Lark:
    text = files(__package__).joinpath("filter.lark").read_text("utf-8")
    return Lark(text, parser="lalr", propagate_positions=True)


def _syntax(error: UnexpectedInput, text: str) -> FilterFault:
    names = set(getattr(error, "expected", None) or getattr(error, "allowed", None) or ())
    ended = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    position = len(text) if ended else error.pos_in_stream or 0
    rest = text[position:]
    expected = tuple(sorted({word for name in names for word in _SPELLINGS[name]}))
    message = f"{_found(rest)} where {' or '.join(expected)} should{_hint(rest, names)}"
    return FilterFault(message, position, "syntax", expected)


def _found(rest: str) -> str:
    word = _WORD.match(rest)
    return f"'{word[0]}' stands" if word else "the text ends"


def _hint(rest: str, names: set[str]) -> str:
    if "STRING" not in names:
        return ""
    if rest[:1] in {'"', "'"}:
        return "; the quotes are never closed"
    if rest.startswith("="):
        return "; equality is written '='"
    if rest[:4].lower() == "null":
        return "; write 'is null' or 'is not null'"
    return "; put texts in quotes" if rest[:1].isalpha() else ""


@v_args(inline=True, meta=True)
class _Builder(Transformer[Token, Term]):
    """Makes filters of the grammar's branches, checking each against the resource."""

    def __init__(self, resource: Resource) -> None:
        super().__init__()
        self._resource = resource

    def either(self, meta: Meta, *terms: Term) -> Term:
        return self._made(meta, Junction, op="or", terms=terms)

    def both(self, meta: Meta, *terms: Term) -> Term:
        return self._made(meta, Junction, op="and", terms=terms)

    def negation(self, _meta: Meta, term: Term) -> Term:
        return Negation(term=term)

    def compare(self, meta: Meta, path: Branch, op: Token, value: Branch) -> Term:
        return self._leaf(meta, Compare, path, op=str(op), value=self._value(value))

    def contains(self, meta: Meta, path: Branch, value: Branch) -> Term:
        return self._leaf(meta, Compare, path, op="contains", value=self._value(value))

    def like(self, meta: Meta, path: Branch, value: Branch) -> Term:
        return self._leaf(meta, Compare, path, op="like", value=self._value(value))

    def among(self, meta: Meta, path: Branch, values: Branch) -> Term:
        return self._leaf(meta, Among, path, op="in", values=self._values(values))

    def not_among(self, meta: Meta, path: Branch, values: Branch) -> Term:
        return self._leaf(meta, Among, path, op="not in", values=self._values(values))

    def absent(self, meta: Meta, path: Branch) -> Term:
        return self._leaf(meta, Presence, path, op="is null")

    def present(self, meta: Meta, path: Branch) -> Term:
        return self._leaf(meta, Presence, path, op="is not null")

    def search(self, meta: Meta, words: Token) -> Term:
        return self._made(meta, Search, text=_unquoted(words))

    def _leaf(self, meta: Meta, kind: type[Leaf], path: Branch, **parts: Any) -> Term:
        leaf = self._made(meta, kind, field=_path(path), **parts)
        wrong = fields.fault(leaf, self._resource)
        if wrong is not None:
            at = path.meta.start_pos if wrong.code == "unknown_field" else meta.start_pos
            raise FilterFault(wrong.message, at, wrong.code, wrong.allowed)
        return leaf

    def _values(self, branch: Branch) -> tuple[Value, ...]:
        return tuple(self._value(each) for each in branch.children)

    def _value(self, branch: Branch) -> Value:
        tokens = _tokens(branch)
        match branch.data:
            case "text":
                return _unquoted(tokens[0])
            case "number":
                return _number(tokens[0])
            case "date":
                return str(tokens[0])
            case spelled:
                return spelled == "true"

    def _made[T: BaseModel](self, meta: Meta, kind: type[T], **parts: Any) -> T:
        try:
            return kind(**parts)
        except ValidationError as error:
            part = error.errors()[0]["loc"][0]
            reason = _LIMITS.get(str(part), "a value is too long, too large or has a NUL in it")
            raise FilterFault(reason, meta.start_pos, "too_complex") from error


def _tokens(branch: Branch) -> list[Token]:
    return [child for child in branch.children if isinstance(child, Token)]


def _path(branch: Branch) -> tuple[str, ...]:
    return tuple(
        _unquoted(each) if each.type == "STRING" else str(each) for each in _tokens(branch)
    )


def _number(token: Token) -> int | float:
    return int(token) if token.lstrip("+-").isdigit() else float(token)


def _unquoted(token: Token) -> str:
    try:
        return unquote(token)
    except ValueError as error:
        raise FilterFault(f"no text: {error}", token.start_pos or 0, "syntax") from error
