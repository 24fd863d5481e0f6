"""What becomes of a message whose handling did not simply succeed."""

from dataclasses import dataclass

DELAYS_S = (1.0, 5.0, 30.0, 120.0)
"""Growing pause before each further attempt; the last one repeats."""


@dataclass(slots=True)
class Retry(Exception):
    """Try again later: after `delay_s`, or after the growing delay when it is None."""

    reason: str
    delay_s: float | None = None


@dataclass(slots=True)
class Dead(Exception):
    """No attempt can succeed: keep the message with its reason and go on."""

    reason: str


class Leave(Exception):
    """Somebody else has this message in hand: neither acknowledge nor return it."""


def retry_delay(attempt: int) -> float:
    """Give the pause in seconds after the given attempt, the first being 1."""
    return DELAYS_S[min(attempt, len(DELAYS_S)) - 1]
