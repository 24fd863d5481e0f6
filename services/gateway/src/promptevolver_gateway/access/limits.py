"""Rate limits: how often somebody may call within a minute, whichever gateway they call."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv6Address, IPv6Network
from math import ceil

import structlog
from promptevolver_contracts.errors import ErrorCode

from promptevolver_gateway.access.credentials import hashed
from promptevolver_gateway.bus import Bus
from promptevolver_gateway.problems import Problem

log = structlog.get_logger(__name__)

WINDOW_S = 60
_PARTS = 20
"""A gateway takes a twentieth of the limit at once, so that few requests wait for the broker."""

_NETWORK_BITS = 64


@dataclass(frozen=True, slots=True)
class Policy:
    """How many requests a minute."""

    name: str
    limit: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of a limit, as this gateway knows it."""

    policy: Policy
    remaining: int
    reset_s: int

    @property
    def headers(self) -> dict[str, str]:
        """Spell it as the RateLimit header fields."""
        name = f'"{self.policy.name}"'
        return {
            "RateLimit-Policy": f"{name};q={self.policy.limit};w={WINDOW_S}",
            "RateLimit": f"{name};r={self.remaining};t={self.reset_s}",
        }


class RateLimited(Problem):
    """Too many requests."""

    def __init__(self, standing: Standing, retry_after_s: float) -> None:
        limit = standing.policy
        super().__init__(
            ErrorCode.RATE_LIMITED,
            f"more than {limit.limit} requests a minute ({limit.name}); wait, then go on slower",
            retry_after_s=retry_after_s,
        )
        self.standing = standing


@dataclass(slots=True)
class _Account:
    """One caller's window."""

    window: int
    previous: int = 0
    used: int = 0
    lease: int = 0
    refused_until: float = 0.0
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)


class Limits:
    """Counts in windows of a minute; what was used in the window before fades as this one goes on.

    Numbers are shared through the broker. While it is away, each gateway goes on by itself from
    what it knew, with the same limit.
    """

    def __init__(self, bus: Bus, clock: Callable[[], float] = time.time) -> None:
        self._bus = bus
        self._clock = clock
        self._accounts: dict[tuple[str, str], _Account] = {}
        self._swept = 0

    async def charge(self, policy: Policy, who: str) -> Standing:
        """Count a request. Raises RateLimited."""
        now = self._clock()
        account = self._account(policy, who, now)
        if account.lease < 1:
            async with account.asking:
                if account.lease < 1:
                    await self._lend(account, policy, who, now)
        account.lease -= 1
        return _standing(account, policy, now)

    def require(self, policy: Policy, who: str) -> None:
        """Raise RateLimited when this gateway knows that nothing is left; counts nothing."""
        now = self._clock()
        account = self._account(policy, who, now)
        if now < account.refused_until:
            raise RateLimited(_standing(account, policy, now), account.refused_until - now)

    def _account(self, policy: Policy, who: str, now: float) -> _Account:
        window = int(now // WINDOW_S)
        if window != self._swept:
            self._swept = window
            stale = [k for k, account in self._accounts.items() if account.window < window - 1]
            for each in stale:
                del self._accounts[each]
        account = self._accounts.get((policy.name, who))
        if account is None or account.window != window:
            before = account.used if account and account.window == window - 1 else 0
            # Unknown until the broker is asked; what this gateway saw is the least it can be.
            account = _Account(window, previous=min(before, policy.limit), used=-1)
            self._accounts[policy.name, who] = account
        return account

    async def _lend(self, account: _Account, policy: Policy, who: str, now: float) -> None:
        if now < account.refused_until:
            raise RateLimited(_standing(account, policy, now), account.refused_until - now)
        name = hashed(who)[:32]
        if account.used < 0:
            before = f"count.{policy.name}.{name}.{account.window - 1}"
            account.previous = min(await self._count(before, 0, account.previous), policy.limit)
            account.used = 0
        size = max(1, policy.limit // _PARTS)
        subject = f"count.{policy.name}.{name}.{account.window}"
        account.used = await self._count(subject, size, account.used)
        fading = account.previous * (1 - now % WINDOW_S / WINDOW_S)
        free = int(policy.limit - fading - (account.used - size))
        account.lease = max(0, min(size, free))
        if account.lease < size:
            account.used = await self._count(subject, account.lease - size, account.used)
        if account.lease < 1:
            wait = _wait_s(account, policy, now)
            account.refused_until = now + wait
            raise RateLimited(_standing(account, policy, now), wait)

    async def _count(self, subject: str, by: int, known: int) -> int:
        try:
            return await self._bus.count(subject, by)
        except Problem as error:
            log.warning("counting alone", subject=subject, error=repr(error))
            return max(0, known + by)


def _standing(account: _Account, policy: Policy, now: float) -> Standing:
    gone = now % WINDOW_S
    fading = account.previous * (1 - gone / WINDOW_S)
    free = policy.limit - fading - max(account.used, 0) + account.lease
    return Standing(policy, max(0, int(free)), ceil(WINDOW_S - gone))


def _wait_s(account: _Account, policy: Policy, now: float) -> float:
    """Give the seconds until one more request fits."""
    gone = now % WINDOW_S / WINDOW_S
    room = policy.limit - account.used - 1
    if room >= 0:
        needed = 1 - room / max(account.previous, 1)
        return max(1.0, (needed - gone) * WINDOW_S)
    into_next = max(0.0, 1 - (policy.limit - 1) / account.used)
    return max(1.0, (1 - gone + into_next) * WINDOW_S)


def network(address: str) -> str:
    """Give what an address is counted as: whoever has one of IPv6 has the whole /64."""
    try:
        found = IPv6Address(address)
    except ValueError:
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(IPv6Network((int(found), _NETWORK_BITS), strict=False))
