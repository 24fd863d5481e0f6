"""Users, keys and projects as history knows them, and news of their changes."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from promptevolver_contracts import accounts as c
from promptevolver_contracts.actors import Actor
from promptevolver_contracts.ids import new_id
from promptevolver_contracts.streams import ACCESS

from promptevolver_gateway.access.credentials import hashed
from promptevolver_gateway.access.issuer import ExternalClaims
from promptevolver_gateway.access.remembered import Remembered
from promptevolver_gateway.bus import Bus
from promptevolver_gateway.problems import Problem
from promptevolver_gateway.settings import Settings

log = structlog.get_logger(__name__)

_AGAIN_S = 0.2
_OPEN_S = 2.0
ANYTHING = "*"
"""What listeners hear when changes may have been missed: any of them may have happened."""


class Directory:
    """Remembers what history said, and forgets it as soon as any gateway changes it.

    Changes travel through a bucket of the broker that every gateway watches. While the watch is
    not up, `listening` is false: what is remembered may be wrong then, and nobody gets in by it.
    """

    def __init__(self, bus: Bus, settings: Settings) -> None:
        self._bus = bus
        self._settings = settings
        fresh, longest = settings.access_cache_s, settings.access_token_s
        self._callers: Remembered[c.Caller] = Remembered(fresh, longest)
        self._keys: Remembered[c.KeyCaller] = Remembered(fresh, longest)
        self._projects: Remembered[c.Project] = Remembered(fresh, longest)
        self._access: Remembered[c.Access] = Remembered(_OPEN_S, float("inf"))
        self._guarded = False
        self._watching = False
        self._changes = 0
        self._listeners: list[Callable[[str], None]] = []
        self._untold: dict[str, None] = {}
        self._behind = asyncio.Event()

    @property
    def listening(self) -> bool:
        """Whether every change is heard of."""
        return self._watching and self._bus.connected

    @property
    def changes(self) -> int:
        """How many changes were heard of so far."""
        return self._changes

    def on_change(self, listener: Callable[[str], None]) -> None:
        """Call with `user.<id>`, `key.<id>` or `project.<id>` whenever one has changed.

        With ANYTHING when the watch is up anew, which is also the case at the start.
        """
        self._listeners.append(listener)

    async def guarded(self) -> bool:
        """Whether there are users or keys. Once there are, there always will be."""
        if not self._guarded:
            answer = await self._access.get(
                "access", lambda: self._bus.ask(c.GET_ACCESS, c.GetAccess()), lambda _: ("access",)
            )
            self._guarded = answer.guarded
        return self._guarded

    async def caller(self, user_id: str, session_id: str) -> c.Caller:
        """Give the user of a session. Raises QueryFailed `unauthenticated`."""
        question = c.FindCaller(user_id=user_id, session_id=session_id)
        return await self._callers.get(
            f"{session_id}\n{user_id}",
            lambda: self._bus.ask(c.FIND_CALLER, question),
            _caller_tags,
        )

    async def external(self, claims: ExternalClaims, by: Actor) -> c.Caller:
        """Give the user whom the external issuer vouches for."""
        settings = self._settings
        question = c.FindExternalCaller(
            issuer=claims.issuer,
            subject=claims.subject,
            email=claims.email,
            name=claims.name,
            new_user_id=new_id(),
            provision=settings.oidc_auto_provision,
            project=settings.oidc_project,
            role=settings.oidc_role,
            by=by,
        )

        async def ask() -> c.Caller:
            caller = await self._bus.ask(c.FIND_EXTERNAL_CALLER, question)
            if caller.linked:
                await self.tell(f"user.{caller.user.user_id}")
            return caller

        return await self._callers.get(f"{claims.issuer}\n{claims.subject}", ask, _caller_tags)

    async def key(self, prefix: str, text: str) -> c.KeyCaller:
        """Give what a key may do. Raises QueryFailed `unauthenticated`."""
        secret_hash = hashed(text)
        question = c.FindKey(prefix=prefix, secret_hash=secret_hash)
        found = await self._keys.get(
            secret_hash, lambda: self._bus.ask(c.FIND_KEY, question), _key_tags
        )
        expires_at = found.key.expires_at
        if expires_at is not None and expires_at <= datetime.now(UTC):
            # It may have ended since it was asked for: history says so.
            self._keys.forget(f"key.{found.key.key_id}")
            return await self._bus.ask(c.FIND_KEY, question)
        return found

    def knows_key(self, text: str) -> bool:
        """Whether a key has been found before, so that it is no guess."""
        return hashed(text) in self._keys

    async def project(self, project: str) -> c.Project:
        """Give a project. Raises QueryFailed `not_found`."""
        return await self._projects.get(
            project,
            lambda: self._bus.ask(c.GET_PROJECT, c.GetProject(project=project)),
            lambda found: (f"project.{found.project}",),
        )

    async def tell(self, *changes: str) -> None:
        """Tell all gateways of changes, this one first.

        The changes are made already, so they are no failure while the broker is away: what could
        not be told is told as soon as it is back.
        """
        for change in changes:
            self._forget(change)
            self._untold[change] = None
        try:
            await self._tell_untold()
        except Problem as error:
            log.warning("access changes not told, trying again", error=repr(error))
            self._behind.set()

    async def keep_telling(self) -> None:
        """Tell what could not be told, for ever."""
        while True:
            await self._behind.wait()
            try:
                await self._tell_untold()
            except Problem as error:
                log.info("access changes still not told", error=repr(error))
                await asyncio.sleep(_AGAIN_S)
            else:
                self._behind.clear()

    async def _tell_untold(self) -> None:
        while self._untold:
            change = next(iter(self._untold))
            # Out before it is told: if it changes again meanwhile, that is told too.
            del self._untold[change]
            try:
                await self._bus.keep(ACCESS, change, b"1")
            except BaseException:
                self._untold[change] = None
                raise

    async def listen(self) -> None:
        """Hear of changes, for ever; a watch that is lost is set up anew."""
        while True:
            try:
                async with self._bus.changes(ACCESS) as changes:
                    # What was remembered before the watch may have changed unheard.
                    self._forget(None)
                    self._watching = True
                    async for change in changes:
                        self._forget(change)
            except Problem as error:
                log.info("access changes not heard, trying again", error=repr(error))
            finally:
                self._watching = False
            await asyncio.sleep(_AGAIN_S)

    def _forget(self, change: str | None) -> None:
        self._changes += 1
        for remembered in (self._callers, self._keys, self._projects, self._access):
            remembered.forget(change)
        for listener in self._listeners:
            listener(ANYTHING if change is None else change)


def _caller_tags(caller: c.Caller) -> list[str]:
    projects = [f"project.{each.project}" for each in caller.memberships]
    return [f"user.{caller.user.user_id}", *projects]


def _key_tags(found: c.KeyCaller) -> list[str]:
    owner = [] if found.owner is None else [f"user.{found.owner}"]
    return [f"key.{found.key.key_id}", f"project.{found.key.project}", *owner]
