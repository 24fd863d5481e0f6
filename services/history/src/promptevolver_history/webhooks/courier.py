"""Telling webhooks: at least once, with growing pauses, and every attempt on record."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp
import structlog
from asyncpg import Record
from yarl import URL

from promptevolver_history.database import AWAY, Database
from promptevolver_history.settings import Settings
from promptevolver_history.webhooks.addresses import (
    PrivateAddress,
    PublicResolver,
    is_literal,
    require_public,
)
from promptevolver_history.webhooks.signatures import signature

log = structlog.get_logger(__name__)

PAUSES_S = (5, 30, 120, 600, 3600, 6 * 3600, 24 * 3600)
"""Pause after each failed attempt; after the last pause comes the last attempt."""
_TOGETHER = 16
"""Deliveries that one courier has under way."""
_OF_A_WEBHOOK = 2
_OF_A_PROJECT = 8
"""Under way at once with all couriers: whoever lets us wait keeps waiting only itself."""
_IDLE_S = 1.0
_CLEANING_S = 3600.0
_EXCERPT = 2000


@dataclass(frozen=True, slots=True)
class Answered:
    """How an attempt went."""

    duration_ms: float
    status: int | None = None
    error: str | None = None
    response: str = ""


class Courier:
    """Gives out announcements and delivers, for as long as it runs. Replicas share the work."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._pauses: Sequence[float] = PAUSES_S
        self._cleaned = float("-inf")
        self._telling: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Work until cancelled; the database may be away for a while."""
        resolver = None if self._settings.webhooks_allow_private else PublicResolver()
        timeout = aiohttp.ClientTimeout(total=self._settings.webhook_timeout_s)
        connector = aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False)
        async with aiohttp.ClientSession(
            connector=connector, timeout=timeout, trust_env=False, auto_decompress=False
        ) as http:
            try:
                while True:
                    if not await self._worked(http):
                        await self._rest()
            finally:
                for task in self._telling:
                    task.cancel()
                await asyncio.gather(*self._telling, return_exceptions=True)

    async def _worked(self, http: aiohttp.ClientSession) -> bool:
        try:
            busy = await self.round(http)
            await self._clean()
        except AWAY as error:
            log.warning("webhooks wait for the database", error=repr(error))
            return False
        except Exception:  # whatever one announcement breaks must not end the service
            log.exception("webhooks not told, trying again")
            return False
        return busy

    async def round(self, http: aiohttp.ClientSession) -> bool:
        """Give out what is announced and begin what is due; whether more may be begun at once."""
        async with self._database.session() as session:
            given: int = await session.value("give_out_announcements", 500)
        begun = await self._begin(http, _TOGETHER - len(self._telling))
        return bool(given or begun) and len(self._telling) < _TOGETHER

    async def _begin(self, http: aiohttp.ClientSession, places: int) -> int:
        """Make attempts in the free places; how many."""
        if not places:
            return 0
        claim_s = self._settings.webhook_timeout_s * 2 + 30
        async with self._database.session() as session:
            due = await session.rows(
                "claim_deliveries", places, claim_s, _OF_A_WEBHOOK, _OF_A_PROJECT
            )
        for each in due:
            task = asyncio.create_task(self._tell(http, each))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)
        return len(due)

    async def _rest(self) -> None:
        """Wait until a place is free, or for a moment."""
        resting = asyncio.create_task(asyncio.sleep(_IDLE_S))
        try:
            await asyncio.wait({resting, *self._telling}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            resting.cancel()

    async def _tell(self, http: aiohttp.ClientSession, delivery: Record) -> None:
        try:
            await self._deliver(http, delivery)
        except AWAY as error:
            # It comes again when the claim is over.
            log.warning("a delivery waits for the database", error=repr(error))
        except Exception:  # whatever one delivery breaks must not end the others
            log.exception("delivery failed", delivery_id=delivery["delivery_id"])

    async def _deliver(self, http: aiohttp.ClientSession, delivery: Record) -> None:
        answered = await self._attempt(http, delivery) if delivery["active"] else _INACTIVE
        number = delivery["attempts"]
        state = "delivered"
        pause = None
        if answered.error is not None:
            last = number > len(self._pauses)
            state = "failed" if last or not delivery["active"] else "pending"
            # A receiver that comes back is not met by everything at once.
            pause = None if last else self._pauses[number - 1] * random.uniform(0.8, 1.2)  # noqa: S311
        async with self._database.transaction() as session:
            await session.rows(
                "insert_attempt",
                delivery["delivery_id"],
                number,
                answered.duration_ms,
                answered.status,
                answered.error,
                answered.response,
            )
            await session.rows("settle_delivery", delivery["delivery_id"], state, pause)
        log.info(
            "webhook told",
            delivery_id=delivery["delivery_id"],
            attempt=number,
            state=state,
            status=answered.status,
            error=answered.error,
        )

    async def _attempt(self, http: aiohttp.ClientSession, delivery: Record) -> Answered:
        body = delivery["payload"].encode()
        timestamp = int(time.time())
        delivery_id = delivery["delivery_id"]
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "PromptEvolver-Webhooks/1",
            "webhook-id": delivery_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(delivery["secret"], delivery_id, timestamp, body),
        }
        started = time.perf_counter()
        try:
            url = self._allowed(delivery["url"])
            async with http.post(url, data=body, headers=headers, allow_redirects=False) as answer:
                excerpt = (await answer.content.read(_EXCERPT)).decode("utf-8", "replace")
                status = answer.status
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            return Answered(_since(started), error=reason_of(error))
        failure = None if 200 <= status < 300 else f"answered {status}"
        return Answered(_since(started), status, failure, excerpt.replace("\x00", ""))

    def _allowed(self, address: str) -> URL:
        url = URL(address)
        if not self._settings.webhooks_allow_private and is_literal(url.host or ""):
            require_public(url.host or "")
        return url

    async def _clean(self) -> None:
        if time.monotonic() - self._cleaned < _CLEANING_S:
            return
        async with self._database.session() as session:
            await session.rows("discard_old_deliveries", self._settings.webhook_retention_days)
        self._cleaned = time.monotonic()


_INACTIVE = Answered(0, error="the webhook is switched off")


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000


def reason_of(error: BaseException) -> str:
    """Say why an attempt failed."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, PrivateAddress):
            return f"refused: {cause}"
        cause = cause.__cause__ or cause.__context__
    # It may quote what the receiver sent: no NUL, and no half of a surrogate pair, can be kept.
    said = f"{type(error).__name__}: {error}"[:500].replace("\x00", "")
    return said.encode("utf-8", "replace").decode()
