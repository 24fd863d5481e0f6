"""Admission: how many runs may be active, and what they may spend, before new ones wait."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from weakref import WeakValueDictionary

from promptevolver_contracts.accounts import GET_USAGE, GetUsage, TopUpRef, Usage
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.ids import RunId
from promptevolver_contracts.spending import Budget
from promptevolver_contracts.streams import OPTIMIZER

from promptevolver_gateway.bus import Bus
from promptevolver_gateway.problems import Problem
from promptevolver_gateway.settings import Settings

_FRESH_S = 1.0
_RETRY_AFTER_S = 10.0
_PROJECTED_WITHIN_S = 60.0
_MOST_RECENT = 499


@dataclass(frozen=True, slots=True)
class Promise:
    """A run or a top-up that was admitted here, which history may not know yet."""

    project: str
    run_id: RunId
    usd: float
    at: float
    control_id: str | None = None
    """Of a top-up; None for a run"""

    @property
    def key(self) -> str:
        """What it is known by."""
        return self.run_id if self.control_id is None else self.control_id


class Admission:
    """Counts the runs of all projects together, and of each with what it may spend.

    All together: the optimizer's requests, asked at most once a second, kept up in between. Of a
    project: what history knows, and what was admitted here and history does not know yet; one
    decision after the other, while other projects decide theirs.
    """

    def __init__(
        self, bus: Bus, settings: Settings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._bus = bus
        self._settings = settings
        self._clock = clock
        self._active = 0
        self._asked_at: float | None = None
        self._entering = 0
        self._loading = asyncio.Lock()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._recent: dict[str, Promise] = {}

    async def take(self, project: str, run_id: RunId, budget: Budget) -> bool:
        """Count one more run; not one that history knows, of whatever project, which is told.

        Raises Problem `too_many_runs` or `spend_limit_reached`.
        """
        async with self._turn(project):
            await self._need_place()
            self._entering += 1
            try:
                return await self._admit(project, run_id, budget)
            finally:
                self._entering -= 1

    async def add(self, project: str, run_id: RunId, control_id: str, budget: Budget) -> None:
        """Count a top-up, once. Raises Problem `spend_limit_reached`."""
        if not budget.usd:
            return
        async with self._turn(project):
            if control_id in self._recent:
                return
            asked = Promise(project, run_id, budget.usd, self._clock(), control_id)
            _, committed, usage = await self._usage(project, asked)
            if control_id in usage.missing_top_ups:
                self._need_money(project, committed, usage, budget.usd)
                self._recent[control_id] = asked

    async def look(self, project: str) -> None:
        """Check that a project may spend at all. Raises Problem `spend_limit_reached`."""
        async with self._turn(project):
            _, committed, usage = await self._usage(project)
            self._need_money(project, committed, usage, 0.0)

    def _turn(self, project: str) -> asyncio.Lock:
        # Whoever waits holds the lock, so that it lasts as long as it is needed.
        return self._turns.setdefault(project, asyncio.Lock())

    async def _admit(self, project: str, run_id: RunId, budget: Budget) -> bool:
        asked = Promise(project, run_id, budget.usd or 0.0, self._clock())
        active, committed, usage = await self._usage(project, asked)
        if run_id not in usage.missing:
            return False
        most = usage.max_active_runs
        most = self._settings.project_active_runs if most is None else most
        if active >= most:
            raise Problem(
                ErrorCode.TOO_MANY_RUNS,
                f"{active} runs of project '{project}' are queued or running, which is its "
                "limit; wait until one ends, or cancel one",
                retry_after_s=_RETRY_AFTER_S,
            )
        self._need_money(project, committed, usage, asked.usd)
        self._active += 1
        self._recent[run_id] = asked
        return True

    async def _need_place(self) -> None:
        async with self._loading:
            now = self._clock()
            if self._asked_at is None or now - self._asked_at >= _FRESH_S:
                load = await self._bus.load(OPTIMIZER)
                self._active = load.pending + load.in_flight
                self._asked_at = now
        active = self._active + self._entering
        if active >= self._settings.max_active_runs:
            raise Problem(
                ErrorCode.TOO_MANY_RUNS,
                f"{active} runs are queued or running, which is the limit; "
                "wait until one ends, or cancel one",
                retry_after_s=_RETRY_AFTER_S,
            )

    async def _usage(self, project: str, asked: Promise | None = None) -> tuple[int, float, Usage]:
        """Give a project's active runs, its money spent and promised today, and its limits.

        Of what is asked about, the usage's missing ones tell whether it is new.
        """
        self._forget_old()
        mine = [each for each in self._recent.values() if each.project == project]
        known = [each for each in mine if asked is None or each.key != asked.key]
        runs = [each for each in known if each.control_id is None][-_MOST_RECENT:]
        top_ups = [each for each in known if each.control_id is not None][-_MOST_RECENT:]
        promises = [*runs, *top_ups]
        about = promises if asked is None else [*promises, asked]
        usage = await self._bus.ask(GET_USAGE, _question(project, about))
        missing = {*usage.missing, *usage.missing_top_ups}
        for each in promises:
            if each.key not in missing:
                self._recent.pop(each.key, None)
        unseen = [each for each in promises if each.key in missing]
        active = usage.active_runs + sum(each.control_id is None for each in unseen)
        committed = usage.spent_usd + usage.reserved_usd + sum(each.usd for each in unseen)
        return active, committed, usage

    def _need_money(self, project: str, committed: float, usage: Usage, wanted: float) -> None:
        own = usage.daily_usd
        limit = self._settings.project_daily_usd if own is None else own
        # A budget without a cap in USD is let in while there is something left.
        if limit is None or (committed + wanted <= limit and committed < limit):
            return
        raise Problem(
            ErrorCode.SPEND_LIMIT_REACHED,
            f"project '{project}' has spent or promised {committed:.2f} USD of its {limit:.2f} for "
            f"today (UTC), and this asks for {wanted:.2f}; lower the budget, or wait for tomorrow",
            retry_after_s=_until_midnight_s(),
        )

    def _forget_old(self) -> None:
        oldest = self._clock() - _PROJECTED_WITHIN_S
        for key, each in list(self._recent.items()):
            if each.at < oldest:
                del self._recent[key]


def _question(project: str, about: Sequence[Promise]) -> GetUsage:
    return GetUsage(
        project=project,
        since=datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0),
        admitted=tuple(each.run_id for each in about if each.control_id is None),
        topped_up=tuple(
            TopUpRef(run_id=each.run_id, control_id=each.control_id)
            for each in about
            if each.control_id is not None
        ),
    )


def _until_midnight_s() -> float:
    now = datetime.now(UTC)
    gone = now - now.replace(hour=0, minute=0, second=0, microsecond=0)
    return 86_400 - gone.total_seconds()
