"""What an item may hold: whatever JSON, Postgres and our own readers can."""

from collections.abc import Iterator, Mapping
from typing import Any

from promptevolver_contracts.base import canonical
from promptevolver_contracts.dataset_library import DraftExample
from promptevolver_contracts.errors import FieldError

from promptevolver_gateway.datasets.contents import PAGE_BYTES, too_large
from promptevolver_gateway.problems import Problem

_DEEPEST = 64
_NUL = "\0"


class Unstorable(Exception):
    """Part of an item, or all of it, cannot be held."""

    def __init__(self, pointer: str | None, code: str, message: str) -> None:
        super().__init__(message)
        self.pointer = pointer
        self.code = code


def require_storable(parts: Mapping[str, Any]) -> None:
    """Raise Unstorable for parts of an item that cannot be held."""
    for pointer, value, depth in _walk("", parts, 0):
        if depth > _DEEPEST:
            raise Unstorable(pointer, "too_deep", f"values nest deeper than {_DEEPEST}")
        if isinstance(value, str) and _NUL in value:
            message = "the character NUL cannot be stored; take it out"
            raise Unstorable(pointer, "unstorable", message)
    try:
        canonical(dict(parts))
    except (ValueError, TypeError) as error:
        raise Unstorable(None, "unstorable", f"no JSON value: {error}") from error


def require_storable_item(example: DraftExample) -> None:
    """Raise Problem for an item that cannot be held."""
    try:
        require_storable(example.model_dump())
    except Unstorable as refused:
        fault = FieldError(pointer=refused.pointer or "", message=str(refused), code=refused.code)
        raise Problem.of_fields([fault]) from refused
    size = len(example.model_dump_json().encode())
    if size > PAGE_BYTES:
        raise too_large("", size, PAGE_BYTES)


def _walk(pointer: str, value: Any, depth: int) -> Iterator[tuple[str, Any, int]]:
    waiting = [(pointer, value, depth)]
    while waiting:
        pointer, value, depth = waiting.pop()
        yield pointer, value, depth
        if isinstance(value, dict):
            for name, each in value.items():
                yield f"{pointer}/{name}", name, depth
                waiting.append((f"{pointer}/{name}", each, depth + 1))
        elif isinstance(value, list):
            waiting += [(f"{pointer}/{place}", each, depth + 1) for place, each in enumerate(value)]
