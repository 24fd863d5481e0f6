"""Cursors: where a page ended, opaque to callers and bound to the filters that it was made with."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from promptevolver_contracts.base import canonical, digest
from promptevolver_contracts.errors import ErrorCode, FieldError
from pydantic import TypeAdapter

from promptevolver_gateway.problems import Problem

_VERSION = 1


def encode(position: Sequence[Any], filters: Mapping[str, Any]) -> str:
    """Spell a position in a filtered list. Both must be JSON values."""
    token = {"v": _VERSION, "p": list(position), "f": digest(dict(filters))[:16]}
    return urlsafe_b64encode(canonical(token)).decode().rstrip("=")


def decode[P](cursor: str, filters: Mapping[str, Any], shape: TypeAdapter[P]) -> P:
    """Give the position back.

    Raises Problem: `cursor_filter_mismatch` for one made with other filters, `invalid_request`
    for anything that is no cursor.
    """
    try:
        token = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if token["v"] != _VERSION:
            raise _unreadable()
        if token["f"] != digest(dict(filters))[:16]:
            raise Problem(
                ErrorCode.CURSOR_FILTER_MISMATCH,
                "this cursor belongs to a list with other filters; start again without a cursor",
                errors=[_fault("made with other filters", "cursor_filter_mismatch")],
            )
        return shape.validate_json(json.dumps(token["p"]))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _unreadable() from error


def _unreadable() -> Problem:
    return Problem.of_fields([_fault("no cursor of this list; leave it out", "invalid_cursor")])


def _fault(message: str, code: str) -> FieldError:
    return FieldError(pointer="/query/cursor", message=message, code=code)
