"""Values that can be kept: Postgres has no NUL, and half a surrogate pair is no Unicode.

A NUL is also what gives away a body that is no UTF-8, whose escapes could not be seen here.
"""

import re
from email.message import Message as Fields

from promptevolver_contracts.errors import ErrorCode
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from promptevolver_gateway.problems import BodyRefused, Problem, render

_PAIR = 12
"""Bytes of a surrogate pair as JSON may spell it"""

_CHARACTERS = (
    rb'(?:[^"\\\0]|\\[^u]|\\u(?!0000|[dD][89a-fA-F])....'
    rb"|\\u[dD][89abAB]..\\u[dD][c-fC-F]..)*+"
)
_INSIDE = re.compile(_CHARACTERS, re.DOTALL)
_OUTSIDE = re.compile(rb'(?:[^"NI\0]|"' + _CHARACTERS + rb'")*+', re.DOTALL)
"""Outside of texts only Python's NaN and Infinity have these letters."""

_BAD_INSIDE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F]..)|\0", re.DOTALL)
_BAD_OUTSIDE = re.compile(rb"[NI\0]")
_SAID = "cannot be kept: a NUL, half of a surrogate pair, or a number that is none; leave it out"


class KeepableValues:
    """Refuses requests with characters that could not be kept, wherever they stand.

    Files are none of its business: what is wrong in them is told row by row.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif "\0" in scope["path"] or b"%00" in scope["query_string"]:
            problem = Problem(ErrorCode.INVALID_REQUEST, f"the URL has what {_SAID}")
            await render(problem, scope["path"])(scope, receive, send)
        elif _is_json(Headers(scope=scope).get("content-type", "")):
            await self._app(scope, _Checked(receive), send)
        else:
            await self._app(scope, receive, send)


class _Checked:
    """A JSON body as it comes in; what was not understood of a chunk waits for the next one."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._rest = b""
        self._in_text = False

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._read(self._rest + message.get("body", b""))
            whole = len(self._rest) >= _PAIR or not message.get("more_body", False)
            bad = _BAD_INSIDE if self._in_text else _BAD_OUTSIDE
            if whole and bad.match(self._rest):
                problem = Problem(ErrorCode.INVALID_REQUEST, f"the body has what {_SAID}")
                raise BodyRefused(problem)
        return message

    def _read(self, body: bytes) -> None:
        """Go on as far as all is well, from text to text."""
        at = 0
        while True:
            good = (_INSIDE if self._in_text else _OUTSIDE).match(body, at)
            at = good.end() if good else at
            if body[at : at + 1] != b'"':
                self._rest = body[at:]
                return
            self._in_text = not self._in_text
            at += 1


def _is_json(content_type: str) -> bool:
    fields = Fields()
    fields["content-type"] = content_type
    kind = fields.get_content_subtype()
    return kind == "json" or kind.endswith("+json")
