"""How fast a client may talk."""

from collections.abc import Callable


class Pace:
    """Allows so many messages a second, and a burst of so many at once."""

    def __init__(self, per_s: float, burst: float, clock: Callable[[], float]) -> None:
        self._per_s = per_s
        self._burst = max(1.0, burst)
        self._clock = clock
        self._left = self._burst
        self._at = clock()

    def allows(self) -> bool:
        """Count a message, and say whether it came too soon."""
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._at) * self._per_s)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
