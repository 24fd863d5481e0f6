"""How far a watched run has been seen, and how long its absence is borne."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from promptevolver_client.errors import ApiError, Unreachable
from promptevolver_client.models import RunDetail

ENDED = frozenset({"completed", "failed", "cancelled"})
_AGAIN_S = 1.0


@dataclass(slots=True)
class Watch:
    """What was seen of one run."""

    patience_s: float
    clock: Callable[[], float] = time.monotonic
    _seen: RunDetail | None = None
    _away_since: float | None = field(default=None)

    @property
    def ended(self) -> bool:
        return self._seen is not None and self._seen.state in ENDED

    @property
    def next_seq(self) -> int | None:
        """The event to wait for; None while nothing was seen."""
        return None if self._seen is None else self._seen.last_seq + 1

    def news(self, run: RunDetail) -> bool:
        """Note what the API said; tell whether it is new."""
        self._away_since = None
        new = run != self._seen
        self._seen = run
        return new

    def pause(self, error: ApiError | Unreachable) -> float:
        """Give how long to wait after an error. Raises it when patience is over."""
        now = self.clock()
        if self._away_since is None:
            self._away_since = now
        if now - self._away_since >= self.patience_s:
            raise error
        told = error.retry_after if isinstance(error, ApiError) else None
        return min(max(_AGAIN_S, told or 0.0), self.patience_s)
