"""What history answered about callers, remembered until it changes."""

import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from promptevolver_contracts.errors import ErrorCode
from promptevolver_runtime.rpc import QueryFailed

from promptevolver_gateway.problems import Problem

_MOST = 10_000


@dataclass(frozen=True, slots=True)
class _Entry[V]:
    value: V
    tags: frozenset[str]
    at: float


class Remembered[V]:
    """Answers by key: fresh for a while, kept longer while history is away.

    An answer that was under way while something was forgotten is used once and not kept.
    """

    def __init__(
        self, fresh_s: float, longest_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._fresh_s = fresh_s
        self._longest_s = longest_s
        self._clock = clock
        self._entries: dict[str, _Entry[V]] = {}
        self._forgotten = 0

    async def get(
        self,
        key: str,
        ask: Callable[[], Awaitable[V]],
        tags: Callable[[V], Iterable[str]],
    ) -> V:
        """Give the answer, asked for when it is not fresh. Raises what asking raises."""
        entry = self._entries.get(key)
        now = self._clock()
        if entry is not None and now - entry.at < self._fresh_s:
            return entry.value
        before = self._forgotten
        try:
            value = await ask()
        except (QueryFailed, Problem) as error:
            kept = entry if before == self._forgotten else None
            if not _away(error):
                self._entries.pop(key, None)
            elif kept is not None and now - kept.at < self._longest_s:
                return kept.value
            raise
        if before == self._forgotten:
            self._keep(key, _Entry(value, frozenset(tags(value)), now))
        return value

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def forget(self, tag: str | None = None) -> None:
        """Forget what bears a tag, or everything."""
        self._forgotten += 1
        if tag is None:
            self._entries.clear()
            return
        for key in [key for key, entry in self._entries.items() if tag in entry.tags]:
            del self._entries[key]

    def _keep(self, key: str, entry: _Entry[V]) -> None:
        self._entries.pop(key, None)
        if len(self._entries) >= _MOST:
            del self._entries[next(iter(self._entries))]
        self._entries[key] = entry


def _away(error: QueryFailed | Problem) -> bool:
    code = error.info.code if isinstance(error, QueryFailed) else error.code
    return code == ErrorCode.UNAVAILABLE
