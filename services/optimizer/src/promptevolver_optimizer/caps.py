"""The caps of a run as it goes: wall time, exhaustion, and top-ups.

What the log says of a place in the search decides before the clock or a late control does, so that
a run that is taken over goes the same way again.
"""

import asyncio
from collections import Counter
from datetime import UTC, datetime

from promptevolver_contracts import facts as f
from promptevolver_contracts.spending import Budget, Limit

from promptevolver_optimizer.chronicle import Chronicle
from promptevolver_optimizer.pauses import Pauses


class Caps:
    """A run's budget from place to place."""

    def __init__(self, chronicle: Chronicle, pauses: Pauses) -> None:
        self._chronicle = chronicle
        self._pauses = pauses
        self._woken = asyncio.Event()
        self._budget = chronicle.request.budget
        self._visits: Counter[int] = Counter()

    def wake(self) -> None:
        """Hear that a person told the run something."""
        self._woken.set()

    async def proceed(self, step: int) -> bool:
        """Wait while the run is paused; False once its wall time is over.

        What the log says of a step decides before the clock does: a run that is taken over later
        goes the same way again.
        """
        await self._pauses.wait()
        record, cap = self._chronicle.record, self._budget.seconds
        if f"exhausted.{self._place(step)}.seconds" in record.facts:
            return False
        if record.started is None or cap is None or f"m{step}.settled" in record.facts:
            return True
        return (datetime.now(UTC) - record.started.at).total_seconds() < cap

    async def top_up(self, place: str, *, fresh: bool) -> Budget:
        """Apply what was topped up by this place; gives the budget from here on."""
        await self._apply(place, fresh=fresh)
        return self._budget

    async def exhausted(self, step: int, limit: Limit) -> Budget | None:
        """Record that a cap leaves no room; wait for a top-up if the run was asked to."""
        place = self._place(step)
        self._visits[step] += 1
        record, head = self._chronicle.record, self._chronicle.head
        exhausted = f.BudgetExhausted(**head(f"exhausted.{place}.{limit}", step), limit=limit)
        ends = self._chronicle.request.when_exhausted == "finish"
        fresh = exhausted.id not in record.facts
        await self._chronicle.emit(exhausted)
        finish = f.RunResumed(**head(f"finish.{place}"), reason="no top-up; the search is over")
        if await self._apply(place, fresh=fresh or (not ends and finish.id not in record.facts)):
            return self._budget
        if ends or finish.id in record.facts:
            return None
        return await self._await_top_up(place, exhausted, finish)

    async def _await_top_up(
        self, place: str, exhausted: f.BudgetExhausted, finish: f.RunResumed
    ) -> Budget | None:
        record = self._chronicle.record
        reason = f"the cap on {exhausted.limit} leaves no room; top up or resume"
        await self._pauses.block("budget", reason)
        while not (topped_up := await self._apply(place, fresh=True)):
            # Also one that was asked for while the run had no owner.
            if record.resumes > record.resumes_before[exhausted.id]:
                await self._chronicle.emit(finish)
                break
            self._woken.clear()
            await self._woken.wait()
        await self._pauses.clear("budget")
        return self._budget if topped_up else None

    def _place(self, step: int) -> str:
        """Name this visit to a step's front door, where a cap may leave no room several times."""
        return f"x{step}.{self._visits[step]}"

    async def _apply(self, place: str, *, fresh: bool) -> bool:
        """Apply the top-up recorded for this place, or else one that waits.

        A place that is not fresh was passed before by an owner of this run, who decided without.
        """
        record = self._chronicle.record
        known = record.top_ups.get(place)
        if known is None and fresh and record.pending:
            control = next(iter(record.pending.values()))
            budget = self._budget + (control.budget or Budget())
            fact = f.BudgetToppedUp(
                **self._chronicle.head(f"topup.{place}:{control.id}"), budget=budget
            )
            await self._chronicle.emit(fact)
            known = fact
        if known is None:
            return False
        self._budget = known.budget
        return True
