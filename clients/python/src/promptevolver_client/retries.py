"""When to send a request again, and how long to wait: a plan without clock or network."""

import random
from collections.abc import Generator
from dataclasses import dataclass, field

import httpx

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
"""Methods that may be repeated (RFC 9110, section 9.2.2)."""

PASSING = frozenset({429, 502, 503, 504})
IDEMPOTENCY_KEY = "Idempotency-Key"

type Reply = httpx.Response | httpx.TransportError | None
type Step = httpx.Request | float
"""A request to send, or seconds to wait."""


@dataclass(frozen=True, slots=True)
class Retries:
    """How often and how patiently to try."""

    attempts: int = 4
    first_s: float = 0.25
    most_s: float = 30.0
    """Who is told to wait longer is told so by an error at once"""
    chance: random.Random = field(default_factory=random.SystemRandom, compare=False)

    def exchange(
        self, request: httpx.Request, *, repeatable: bool = True
    ) -> Generator[Step, Reply, httpx.Response]:
        """Plan one exchange: yields steps, takes what came of each, returns the last response.

        A request that cannot have reached the server is always sent again; another only when it
        may be repeated. Raises the last transport error.
        """
        for attempt in range(1, self.attempts + 1):
            reply = yield request
            again = attempt < self.attempts and repeatable and _may_repeat(request, reply)
            pause = self._pause(attempt, reply)
            if isinstance(reply, httpx.Response):
                if not again or reply.status_code not in PASSING or pause > self.most_s:
                    return reply
            elif not again:
                assert reply is not None  # noqa: S101  a request is answered or fails
                raise reply
            yield pause
        raise ValueError("attempts must be 1 or more")

    def _pause(self, attempt: int, reply: Reply) -> float:
        if isinstance(reply, httpx.Response) and (told := _told(reply)) is not None:
            # Those who were sent away together shall not come back together.
            return told + self.chance.uniform(0, self.first_s)
        longest = min(self.most_s, self.first_s * 2**attempt)
        return self.chance.uniform(longest / 2, longest)


def _may_repeat(request: httpx.Request, reply: Reply) -> bool:
    unsent = isinstance(reply, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    return unsent or request.method in SAFE or IDEMPOTENCY_KEY in request.headers


def _told(response: httpx.Response) -> float | None:
    try:
        return max(0.0, float(response.headers["retry-after"]))
    except (KeyError, ValueError):
        return None
