"""Doing jobs in the background. Replicas share them; one that dies leaves its job to the others."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from promptevolver_contracts.errors import ErrorCode, ErrorInfo
from promptevolver_contracts.jobs import JobKind, JobResult
from promptevolver_runtime.rpc import QueryFailed

from promptevolver_history.comparisons.store import KEPT_DAYS, KEPT_OF_A_PROJECT
from promptevolver_history.database import AWAY, Database
from promptevolver_history.exports.exporting import export
from promptevolver_history.imports.importing import take_in
from promptevolver_history.imports.live import Requested
from promptevolver_history.imports.run_archives import finish_imports
from promptevolver_history.jobs.views import actor_of, job_of
from promptevolver_history.jobs.work import CLAIM_S, Fruitless, Lost, Work
from promptevolver_history.metrics import JOBS
from promptevolver_history.reports.reporting import report
from promptevolver_history.settings import Settings

log = structlog.get_logger(__name__)

MOST_ATTEMPTS = 3
_IDLE_S = 0.5
_CLEANING_S = 3600.0

type Doing = Callable[[Work], Awaitable[JobResult]]


class Workers:
    """As many workers as jobs may be done at once, over connections of their own."""

    def __init__(self, settings: Settings, requested: Requested) -> None:
        self._settings = settings
        self._cleaned = float("-inf")
        self._doing: Mapping[JobKind, Doing] = {
            "export": export,
            "report": lambda work: report(work, settings.report_font),
            "import": lambda work: take_in(work, requested),
        }

    async def run(self) -> None:
        """Work until cancelled; the database may be away for a while."""
        together = self._settings.jobs_at_once
        own = {
            # One reads on and on, one says how far it is.
            "pool_size": 2 * together + 1,
            "statement_timeout_s": self._settings.job_statement_timeout_s,
            # Nobody waits for it with a finger on a button.
            "lock_timeout_s": self._settings.job_statement_timeout_s,
            "instance": f"{self._settings.instance}-jobs",
        }
        database = await Database.open(self._settings.model_copy(update=own), measured=False)
        try:
            async with asyncio.TaskGroup() as working:
                for _ in range(together):
                    working.create_task(self._work(database))
        finally:
            await database.close()

    async def _work(self, database: Database) -> None:
        while True:
            try:
                busy = await self.round(database)
                await self._clean(database)
            except AWAY as error:
                log.warning("jobs wait for the database", error=repr(error))
                busy = False
            except Exception:  # whatever one job breaks must not end the service
                log.exception("jobs not done, trying again")
                busy = False
            if not busy:
                await asyncio.sleep(_IDLE_S)

    async def round(self, database: Database) -> bool:
        """Do the oldest job that nobody works on; whether there was one."""
        async with database.session() as session:
            row = await session.row("claim_job", CLAIM_S)
        if row is None:
            return False
        work = Work(database, job_of(row), actor_of(row))
        result, failure = None, None
        try:
            result = await self._attended(work)
        except Lost:
            log.info("job is no longer ours", job_id=work.job.job_id)
            return True
        except QueryFailed as error:
            failure = error.info
            result = error.result if isinstance(error, Fruitless) else None
        await self._settle(work, result, failure)
        return True

    async def _attended(self, work: Work) -> JobResult:
        """Do it, and tell all the while that it is being done."""
        if work.job.attempts > MOST_ATTEMPTS:
            detail = f"its worker died {MOST_ATTEMPTS} times; ask for less at once, or see the log"
            raise QueryFailed(ErrorInfo(code=ErrorCode.GAVE_UP, detail=detail))
        await work.begin()
        doing = asyncio.ensure_future(self._doing[work.job.kind](work))
        beating = asyncio.create_task(_beat(work))
        try:
            await asyncio.wait({doing, beating}, return_when=asyncio.FIRST_COMPLETED)
            return await (doing if doing.done() else beating)
        except (*AWAY, Lost, QueryFailed):
            raise
        except Exception as error:  # whatever fails in one job must not end the others
            log.exception("job failed", job_id=work.job.job_id, kind=work.job.kind)
            detail = f"it failed on our side ({type(error).__name__}); the log says why"
            raise QueryFailed(ErrorInfo(code=ErrorCode.INTERNAL, detail=detail)) from error
        finally:
            for task in (doing, beating):
                task.cancel()
            await asyncio.gather(doing, beating, return_exceptions=True)

    async def _settle(
        self, work: Work, result: JobResult | None, failure: ErrorInfo | None
    ) -> None:
        async with work.database.transaction() as session:
            held = await session.value(
                "settle_job",
                work.job.job_id,
                work.job.attempts,
                "completed" if failure is None else "failed",
                None if result is None else result.model_dump_json(),
                None if failure is None else failure.model_dump_json(),
                work.done,
                self._settings.job_retention_days * 86_400.0,
            )
            if held:
                await session.rows("delete_job_parts", work.job.job_id, "input")
        JOBS.labels(work.job.kind, "completed" if failure is None else "failed").inc()
        log.info(
            "job ended",
            job_id=work.job.job_id,
            kind=work.job.kind,
            done=work.done,
            error=None if failure is None else failure.detail,
        )

    async def _clean(self, database: Database) -> None:
        if time.monotonic() - self._cleaned < _CLEANING_S:
            return
        async with database.session() as session:
            await session.rows("delete_expired_jobs")
            await session.rows("discard_comparisons", KEPT_DAYS, KEPT_OF_A_PROJECT)
        await finish_imports(database)
        self._cleaned = time.monotonic()


async def _beat(work: Work) -> Any:
    while True:
        await asyncio.sleep(CLAIM_S / 6)
        await work.beat()
