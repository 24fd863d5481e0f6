"""Answers that last, as lists in one stream and files do: cut off when their caller may not go on.

An answer that is cut off is left incomplete: a transfer encoding without its end, or less than its
length. Whoever reads it sees that, and takes it for no whole.
"""

from collections.abc import Awaitable, Callable

from promptevolver_runtime.rpc import QueryFailed
from starlette.datastructures import Headers
from starlette.types import Message, Send

from promptevolver_gateway.identity import Identity
from promptevolver_gateway.problems import Problem

type Find = Callable[[], Awaitable[Identity]]
"""Finds the caller anew. Raises Problem or QueryFailed when it is nobody."""

_EVENTS = "text/event-stream"
"""Streams of events end by themselves, and tell why."""


class CutOff(Exception):
    """An answer under way ends here."""


class Lasting:
    """An answer as it is sent.

    After any change of anybody's rights the caller is found anew before the next part goes out. A
    credential that only expires meanwhile ends the next request, not this answer.
    """

    def __init__(
        self, send: Send, caller: Identity, find: Find, changes: Callable[[], int], seen: int
    ) -> None:
        self._send = send
        self._caller = caller
        self._find = find
        self._changes = changes
        self._seen = seen
        self._checked = True

    async def send(self, message: Message) -> None:
        """Pass a part on. Raises CutOff."""
        if message["type"] == "http.response.start":
            kind = Headers(raw=message["headers"]).get("content-type", "")
            self._checked = not kind.startswith(_EVENTS)
        elif self._checked and message.get("more_body", False):
            await self._check()
        await self._send(message)

    async def _check(self) -> None:
        changes = self._changes()
        if changes == self._seen:
            return
        try:
            now = await self._find()
        except (Problem, QueryFailed) as error:
            raise CutOff(str(error)) from error
        if not _may_still(self._caller, now):
            raise CutOff(f"{now.name} may do less than when it began")
        self._seen = changes


def _may_still(before: Identity, now: Identity) -> bool:
    same = now.id == before.id and now.project == before.project
    return same and before.scopes <= now.scopes and now.operator >= before.operator
