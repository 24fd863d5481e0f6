"""Everything about who calls, put together."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self

import structlog
from promptevolver_contracts import accounts as c
from promptevolver_runtime.rpc import QueryFailed

from promptevolver_gateway.access.directory import Directory
from promptevolver_gateway.access.issuer import Issuer
from promptevolver_gateway.access.limits import Limits, Policy
from promptevolver_gateway.access.tokens import Tokens
from promptevolver_gateway.bus import Bus
from promptevolver_gateway.problems import Problem
from promptevolver_gateway.settings import Settings

log = structlog.get_logger(__name__)

_MOST_USES = 500


class KeyUses:
    """When and from where keys were used last, told to history once a minute."""

    def __init__(self, bus: Bus, every_s: float = 60) -> None:
        self._bus = bus
        self._every_s = every_s
        self._uses: dict[str, c.KeyUse] = {}

    def note(self, key_id: str, address: str) -> None:
        """Remember that a key was used now."""
        use = c.KeyUse(key_id=key_id, at=datetime.now(UTC), address=address[:100])
        self._uses[key_id] = use

    async def tell(self) -> None:
        """Tell history what is new; what it does not hear is told the next time."""
        told, self._uses = self._uses, {}
        uses = tuple(told.values())
        try:
            for start in range(0, len(uses), _MOST_USES):
                page = c.MarkKeysUsed(uses=uses[start : start + _MOST_USES])
                await self._bus.ask(c.MARK_KEYS_USED, page)
        except (QueryFailed, Problem) as error:
            log.warning("uses of keys not told, trying again", error=repr(error))
            self._uses = told | self._uses

    async def keep_telling(self) -> None:
        """Tell for ever."""
        while True:
            await asyncio.sleep(self._every_s)
            await self.tell()


@dataclass(frozen=True)
class Policies:
    """The rate limits of the settings."""

    key: Policy
    user: Policy
    local: Policy
    address: Policy
    sign_in: Policy
    account: Policy
    register: Policy

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Read them."""
        return cls(
            key=Policy("key", settings.rate_limit_key),
            user=Policy("user", settings.rate_limit_user),
            local=Policy("local", settings.rate_limit_local),
            address=Policy("address", settings.rate_limit_address),
            sign_in=Policy("sign_in", settings.rate_limit_sign_in),
            # Of all addresses together: many machines guess no faster than ten do.
            account=Policy("account", settings.rate_limit_sign_in * 10),
            # Its answers tell whether an address is known here.
            register=Policy("register", settings.rate_limit_sign_in),
        )


@dataclass(frozen=True)
class Access:
    """What decides who may call, and how often."""

    settings: Settings
    directory: Directory
    tokens: Tokens
    issuer: Issuer | None
    limits: Limits
    policies: Policies
    uses: KeyUses
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @classmethod
    def over(cls, bus: Bus, settings: Settings) -> Self:
        """Put the parts together over a bus."""
        url, audience = settings.oidc_issuer, settings.oidc_audience
        return cls(
            settings=settings,
            directory=Directory(bus, settings),
            tokens=Tokens(settings.token_secret, settings.access_token_s),
            issuer=Issuer(url, audience, settings.oidc_skew_s) if url and audience else None,
            limits=Limits(bus),
            policies=Policies.of(settings),
            uses=KeyUses(bus),
        )

    def open(self) -> None:
        """Begin to hear of changes, and to tell of the use of keys."""
        works = self.directory.listen(), self.directory.keep_telling(), self.uses.keep_telling()
        for work in works:
            self._tasks.append(asyncio.create_task(work))

    async def close(self) -> None:
        """Stop, and tell what was not told."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        await self.directory.tell()
        await self.uses.tell()
