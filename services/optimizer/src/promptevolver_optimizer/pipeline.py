"""The search pipeline: steps in flight, committed in order, within the ledger.

Knows nothing of brokers or models: effects come through `Effects`, facts leave through it.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from promptevolver_contracts.datasets import Example
from promptevolver_contracts.facts import Evidence
from promptevolver_contracts.outcomes import Outcome
from promptevolver_contracts.programs import Program
from promptevolver_contracts.spending import Limit, Spend

from promptevolver_optimizer.allowance import Allowance
from promptevolver_optimizer.archive import Archive, Entry
from promptevolver_optimizer.flight import Flight
from promptevolver_optimizer.ledger import Ledger, OutOfBudget, exceeded
from promptevolver_optimizer.search import Brief, Draft, Plan, Slot, Trial, Until
from promptevolver_optimizer.slot import Cell, Effects, Moment, PipelineSlot, Splits, View

BASELINE = "baseline"
SEED = "seed"
"""Operator of the candidates that a run starts with."""


class Pipeline:
    """A run's search: what a strategy holds in its hands."""

    def __init__(
        self,
        *,
        original: Program,
        splits: Splits,
        effects: Effects,
        ledger: Ledger,
        seed: int,
        width: int,
        brief: Brief | None = None,
    ) -> None:
        self.original = original
        self.splits = splits
        self.effects = effects
        self.ledger = ledger
        self.seed = seed
        self.width = width
        self.brief = brief or Brief()
        self.archive = Archive()
        self.memory: list[dict[str, Any]] = []
        self.commits = 0
        self.limit: Limit | None = None
        self._cells: dict[Cell, tuple[int, tuple[Outcome, ...]]] = {}
        self._next_step = 0
        self._stopped_at: dict[int, Limit] = {}
        self._allowance = Allowance(effects)

    @property
    def train(self) -> tuple[Example, ...]:
        """Examples that may be looked at and learnt from."""
        return self.splits.train

    @property
    def validation(self) -> tuple[Example, ...]:
        """Examples that candidates are ranked on."""
        return self.splits.validation

    def view(self) -> View:
        """Give what a step that is launched now may see."""
        as_of = self.commits

        def known(cell: Cell) -> tuple[Outcome, ...]:
            commit, outcomes = self._cells.get(cell, (0, ()))
            return outcomes if commit <= as_of else ()

        return View(
            self.seed,
            self.splits,
            self.effects,
            self.ledger,
            self.archive,
            tuple(self.memory),
            known,
        )

    async def baseline(self, *, known: bool = False) -> Entry:
        """Score the original on the whole validation split. Raises OutOfBudget.

        `known` says that an earlier run has scored it, so that it may well cost nothing.
        """
        bound = self.effects.worst_score(self.original, self.validation)
        limit = self.ledger.grant(BASELINE, bound)
        if limit == "calls" and not known:
            raise OutOfBudget(limit)
        if limit is not None:
            # Bounds of tokens and money are generous, and what is answered from the cache is free:
            # it goes in parts, as far as there is room.
            self.ledger.grant_rest(BASELINE)
        slot = PipelineSlot(self.view(), BASELINE, step=-1)
        sheet = await slot.score(self.original, self.validation, "full")
        entry = Entry(self.original, sheet)
        self._commit(slot, entry, {})
        self.memory.clear()
        return entry

    async def start_from(self, programs: Sequence[Program]) -> None:
        """Bring candidates along: each is scored on the validation split and joins the archive."""
        original = self.original.candidate_id
        new = {p.candidate_id: p for p in programs if p.candidate_id != original}
        seeds, first = list(new.values()), self._next_step

        async def bring(slot: Slot) -> Trial:
            seed = seeds[slot.number - first]
            sheet = await slot.score(seed, slot.validation, "full")
            evidence = Evidence(examples=len(sheet.scores), reason="brought along")
            return Trial(evidence, _brought(self.original, seed), sheet)

        await self.evolve(bring, steps=len(seeds), plan=Plan(len(self.validation), asks=0))

    async def heed(self, moment: Moment, step: int | None = None) -> None:
        """Let what people decided about candidates take effect."""
        self.archive = self.archive.marked(await self.effects.marks(moment, step))

    def expected(self) -> Spend:
        """Estimate a child on one example."""
        return self._allowance.of_child(self.archive.original.sheet)

    async def evolve(
        self,
        step: Callable[[Slot], Awaitable[Trial]],
        *,
        steps: int | None,
        plan: Plan,
        width: int | None = None,
        until: Until | None = None,
    ) -> int:
        """Run steps until their number, the budget or `until` ends it; give those committed."""
        end = None if steps is None else self._next_step + steps
        committed, idle = 0, 0
        async with Flight[PipelineSlot, Trial]() as flight:
            while True:
                while self._has_room(len(flight), end, width or self.width) and not (
                    until is not None and until(self.archive, idle)
                ):
                    slot = await self._launch(plan, alone=not flight)
                    if slot is None:
                        break
                    flight.launch(slot, self._try(step, slot))
                if not flight:
                    return committed
                landed, trial = await flight.land()
                best = self.archive.best.id
                await self._end_step(landed, trial)
                idle = idle + 1 if self.archive.best.id == best else 0
                committed += 1

    def _has_room(self, flying: int, end: int | None, width: int) -> bool:
        return flying < width and (end is None or self._next_step < end) and self.limit is None

    async def _launch(self, plan: Plan, *, alone: bool) -> PipelineSlot | None:
        """Grant the next step its bound; a step that is alone may have all that is left."""
        while not await self.effects.proceed(self._next_step):
            if not alone or not await self._exhausted("seconds"):
                return None
        key, takes_rest = f"m{self._next_step}", False
        bound = self._allowance.of_step(plan, self.archive.original.sheet)
        while (limit := self.ledger.grant(key, bound)) is not None:
            if not alone:
                return None
            least = self.ledger.held + self._allowance.least(plan)
            if exceeded(least, self.ledger.budget) is None:
                self.ledger.grant_rest(key)
                takes_rest = True
                break
            if not await self._exhausted(limit):
                return None
        await self.heed("launch", self._next_step)
        slot = PipelineSlot(self.view(), key, step=self._next_step)
        slot.takes_rest = takes_rest
        self._next_step += 1
        return slot

    async def _try(self, step: Callable[[Slot], Awaitable[Trial]], slot: PipelineSlot) -> Trial:
        try:
            return await step(slot)
        except OutOfBudget as stop:
            self._stopped_at[slot.number] = stop.limit
            return Trial(Evidence(reason=f"budget: {stop}"))

    async def _end_step(self, slot: PipelineSlot, trial: Trial) -> None:
        entry = None
        if trial.draft is not None and trial.sheet is not None:
            draft = trial.draft
            entry = Entry(
                draft.program, trial.sheet, draft.parents, draft.operator, step=slot.number
            )
        self._commit(slot, entry, trial.memory)
        await self.heed("commit", slot.number)
        self.ledger.budget = await self.effects.committed(
            slot.number, trial, slot.spent, self.ledger.committed
        )
        limit = self._stopped_at.pop(slot.number, None)
        if limit is not None and slot.takes_rest:
            await self._exhausted(limit)
        elif limit is not None:
            self._allowance.outgrown()

    async def _exhausted(self, limit: Limit) -> bool:
        budget = await self.effects.exhausted(self._next_step, limit)
        if budget is None:
            self.limit = limit
            return False
        self.ledger.budget = budget
        return True

    def _commit(self, slot: PipelineSlot, entry: Entry | None, memory: dict[str, Any]) -> None:
        self.commits += 1
        for cell, outcomes in slot.learnt.items():
            self._cells.setdefault(cell, (self.commits, outcomes))
        self.ledger.settle(slot.key, slot.spent)
        self.memory.append(memory)
        if entry is not None:
            self.archive = self.archive.with_entry(entry)


def _brought(original: Program, seed: Program) -> Draft:
    texts = original.texts
    changed = tuple(name for name, text in seed.texts.items() if text != texts[name])
    return Draft(seed, SEED, (original.candidate_id,), changed, "known from the run before")
