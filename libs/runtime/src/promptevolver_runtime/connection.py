"""Connections to nats-server that never give up, and that never hang half dead."""

import asyncio
import logging
import os
from typing import Any

import structlog
from faststream.nats import NatsBroker
from faststream.security import BaseSecurity, SASLPlaintext
from nats.aio.client import Client
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from promptevolver_contracts.permissions import inbox_prefix

from promptevolver_runtime.settings import ServiceSettings

log = structlog.get_logger(__name__)

_EX_UNAVAILABLE = 69
_ANSWER_S = 5.0
"""By then whoever asked waits no longer."""


def _options(settings: ServiceSettings, name: str) -> dict[str, Any]:
    async def on_error(error: Exception) -> None:
        log.warning("broker error", error=repr(error))

    async def on_disconnect() -> None:
        _lost()

    async def on_reconnect() -> None:
        log.info("broker connection is back")

    return {
        "name": f"{name}:{settings.instance}",
        "inbox_prefix": inboxes(settings),
        "max_reconnect_attempts": -1,
        "reconnect_time_wait": 0.5,
        # Half-open connections are noticed within 20 s instead of minutes.
        "ping_interval": 10,
        "max_outstanding_pings": 2,
        "connect_timeout": 2,
        "pending_size": 16 * 1024 * 1024,
        "error_cb": on_error,
        "disconnected_cb": on_disconnect,
        "reconnected_cb": on_reconnect,
    }


def _lost() -> None:
    log.warning("broker connection lost")


def inboxes(settings: ServiceSettings) -> str:
    """Give the prefix of the subjects that answers come to: a user's own, or the common one."""
    return "_INBOX" if settings.nats_user is None else inbox_prefix(settings.nats_user)


def _user(settings: ServiceSettings) -> dict[str, Any]:
    if settings.nats_user is None:
        return {}
    password = settings.nats_password
    given: dict[str, Any] = {} if password is None else {"password": password.get_secret_value()}
    return {"user": settings.nats_user} | given


class Connection(Client):
    """A client that ends the process when it is closed by anybody but its owner."""

    closing = False

    def __init__(self) -> None:
        super().__init__()
        self.serving: list[Subscription] = []
        """To questions of others."""
        self.answering: set[asyncio.Task[None]] = set()
        """Questions in hand."""

    async def open(self, settings: ServiceSettings, name: str) -> None:
        """Connect, however long the broker takes to appear."""
        while not self.is_connected:
            try:
                await self.connect(
                    settings.nats_url,
                    **_user(settings),
                    **_options(settings, name)
                    | {"closed_cb": self._on_closed, "disconnected_cb": self._on_disconnect},
                )
            except (NatsError, OSError, TimeoutError) as error:
                log.info("waiting for the broker", error=repr(error))
                await asyncio.sleep(0.2)

    async def drain(self) -> None:
        """Finish what is under way, then close; close at once when the broker is away."""
        self.closing = True
        try:
            if self.is_connected:
                await self._answer()
            await super().drain()
        except NatsError as error:
            log.info("closing undrained", error=repr(error))
            await self.close()

    async def _answer(self) -> None:
        """Take no more questions, and answer those in hand."""
        await asyncio.gather(*(each.drain() for each in self.serving))  # type: ignore[no-untyped-call]
        if self.answering:
            await asyncio.wait(self.answering, timeout=_ANSWER_S)

    async def close(self) -> None:
        """Close now."""
        self.closing = True
        if not self.is_connected:
            # nats-py would write it to a transport that is closed, and fail over that.
            self._pending, self._pending_data_size = [], 0
        await super().close()

    async def _on_disconnect(self) -> None:
        if not self.closing:
            _lost()

    async def _on_closed(self) -> None:
        if not self.closing:
            # A client that closed by itself never comes back; a supervisor must start us anew.
            log.error("broker connection closed for good")
            os._exit(_EX_UNAVAILABLE)


async def connect(settings: ServiceSettings, name: str) -> Connection:
    """Connect for as long as the process lives; waits until the broker is there."""
    connection = Connection()
    await connection.open(settings, name)
    return connection


def faststream_broker(settings: ServiceSettings, name: str) -> NatsBroker:
    """Make the broker for FastStream's subscribers, with the same connection options."""
    return NatsBroker(
        settings.nats_url,
        security=_security(settings),
        # Its lines about every batch are for debugging; errors keep their level.
        logger=logging.getLogger("faststream"),
        log_level=logging.DEBUG,
        **_options(settings, name),
    )


def _security(settings: ServiceSettings) -> BaseSecurity | None:
    user = _user(settings)
    if not user:
        return None
    return SASLPlaintext(username=user["user"], password=user.get("password", ""))
