"""Keeping MLflow's copies up to date: beside everything else, and never in its way."""

import asyncio
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import structlog
from asyncpg import Record
from promptevolver_contracts.runs import TERMINAL

from promptevolver_history.database import AWAY, Database
from promptevolver_history.metrics import MIRRORED, MIRRORS_WAITING
from promptevolver_history.mirrors.copies import copy_of
from promptevolver_history.mirrors.failures import NotMirrored
from promptevolver_history.mirrors.library import open_tracking
from promptevolver_history.mirrors.points import Place

if TYPE_CHECKING:
    from promptevolver_history.mirrors.tracking import TrackingServer

log = structlog.get_logger(__name__)

_TOGETHER = 4
_IDLE_S = 1.0
_COUNTING_S = 10.0
_CLAIM_S = 180.0
_EVERY_S = 5.0
"""A run that goes on is brought up to date no more often."""
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0
_REFUSED_PAUSE_S = 3600.0


class Mirror:
    """Copies runs to a tracking server, for as long as it runs. Replicas share the work.

    Its threads are its own: a server that hangs keeps no other work waiting.
    """

    def __init__(self, database: Database, uri: str, prefix: str) -> None:
        self._database = database
        self._uri = uri
        self._prefix = prefix
        self._server: TrackingServer | None = None
        self._opening = asyncio.Lock()
        self._threads = ThreadPoolExecutor(_TOGETHER, thread_name_prefix="mirror")
        self._counted = float("-inf")
        self._every_s = _EVERY_S
        self._longest_pause_s = _LONGEST_PAUSE_S

    async def run(self) -> None:
        """Work until cancelled; the database and the server may be away for a while."""
        failures = 0
        try:
            while True:
                busy, pause = False, 0.0
                try:
                    claimed, failed = await self.round()
                    await self._count()
                except AWAY as error:
                    log.warning("mirrors wait for the database", error=repr(error))
                else:
                    busy = claimed > 0
                    # When nothing gets through, the server is away: its return is waited for.
                    failures = failures + 1 if busy and failed == claimed else 0
                    pause = self._pause(failures) if failures else 0.0
                if pause or not busy:
                    await asyncio.sleep(pause or _IDLE_S)
        finally:
            self._threads.shutdown(wait=False, cancel_futures=True)

    async def round(self) -> tuple[int, int]:
        """Bring runs that are due up to date; give how many there were, and how many failed."""
        async with self._database.session() as session:
            due = await session.rows("claim_mirrors", _TOGETHER, _CLAIM_S)
        mirrored = await asyncio.gather(*(self._try(each) for each in due))
        return len(due), mirrored.count(False)

    async def _try(self, claim: Record) -> bool:
        try:
            await self._mirror(claim)
        except AWAY:
            raise
        except NotMirrored as error:
            await self._postpone(claim, error)
            return False
        except Exception as error:  # noqa: BLE001  a fault of the mirror ends nothing but this copy
            await self._postpone(claim, NotMirrored(repr(error), refused=True))
            return False
        return True

    async def _mirror(self, claim: Record) -> None:
        run_id = claim["run_id"]
        async with self._database.session() as session:
            row = await session.row("get_mirrored_run", run_id)
            told = [] if row is None else await session.rows("list_mirrored_facts", run_id)
        after = Place(claim["mirrored_epoch"], claim["mirrored_seq"])
        places = [Place(each["stream_epoch"], each["stream_seq"]) for each in told]
        mirror, pause = None, 0.0
        # Without a request there is nothing to show yet: its arrival asks for the copy again.
        if row is not None:
            payloads = [each["payload"] for each in told]
            copy = await self._in_thread(
                lambda: copy_of(
                    row, list(zip(places, payloads, strict=True)), prefix=self._prefix, after=after
                )
            )
            server = await self._opened()
            mirror = await self._in_thread(lambda: server.mirror(copy, claim["mlflow_run_id"]))
            pause = 0.0 if row["state"] in TERMINAL else self._every_s
        reached = places[-1] if places else after
        async with self._database.session() as session:
            await session.rows(
                "settle_mirror",
                run_id,
                claim["attempts"],
                claim["wanted"],
                reached.epoch,
                reached.seq,
                mirror,
                pause,
            )
        MIRRORED.labels("ok").inc()

    async def _postpone(self, claim: Record, error: NotMirrored) -> None:
        MIRRORED.labels("refused" if error.refused else "failed").inc()
        pause = _REFUSED_PAUSE_S if error.refused else self._pause(claim["attempts"])
        log.warning(
            "run not mirrored",
            run_id=claim["run_id"],
            attempt=claim["attempts"],
            error=str(error),
            pause_s=pause,
        )
        async with self._database.session() as session:
            await session.rows(
                "postpone_mirror",
                claim["run_id"],
                claim["attempts"],
                pause,
                str(error),
                error.lost,
            )

    async def _opened(self) -> "TrackingServer":
        async with self._opening:
            if self._server is None:
                self._server = await self._in_thread(lambda: open_tracking(self._uri))
        return self._server

    async def _in_thread[T](self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _pause(self, failures: int) -> float:
        pause = min(_FIRST_PAUSE_S * 2.0 ** min(failures, 10), self._longest_pause_s)
        return pause * random.uniform(0.8, 1.2)  # noqa: S311  replicas shall not knock together

    async def _count(self) -> None:
        if time.monotonic() - self._counted < _COUNTING_S:
            return
        async with self._database.session() as session:
            MIRRORS_WAITING.set(await session.value("count_mirrors"))
        self._counted = time.monotonic()
