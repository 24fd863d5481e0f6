"""What a run does from its start to its end: search or evaluation, sealed exam, verdict."""

import asyncio
from collections.abc import Sequence

import structlog
from promptevolver_contracts import facts as f
from promptevolver_contracts.datasets import Example, Split
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.programs import Program
from promptevolver_contracts.runs import RunRequest
from promptevolver_contracts.spending import Spend

from promptevolver_optimizer.archive import Sheet
from promptevolver_optimizer.chronicle import Chronicle
from promptevolver_optimizer.effects import RunEffects, Tools
from promptevolver_optimizer.exam import clusters_of, grade
from promptevolver_optimizer.ledger import EXAM, Ledger, OutOfBudget, times
from promptevolver_optimizer.pipeline import BASELINE, Pipeline
from promptevolver_optimizer.search import Brief
from promptevolver_optimizer.sitting import sit
from promptevolver_optimizer.slot import Splits
from promptevolver_optimizer.strategies import StrategyKind

log = structlog.get_logger(__name__)


class Course:
    """The course of one run, for whoever owns it."""

    def __init__(
        self,
        request: RunRequest,
        strategy: StrategyKind,
        tools: Tools,
        chronicle: Chronicle,
        effects: RunEffects,
    ) -> None:
        self._request = request
        self._strategy = strategy
        self._tools = tools
        self._chronicle = chronicle
        self._effects = effects

    async def follow(self) -> None:
        """Search or evaluate, to a verdict or to the reason why there is none."""
        request, original = self._request, self._request.program
        started = f.RunStarted(
            **self._chronicle.head("started"),
            original=original.candidate_id,
            texts=original.texts,
            strategy=request.strategy.name,
            seed=request.seed,
        )
        await self._chronicle.emit(started)
        await self._chronicle.propose(original)
        unpriced = self._effects.unpriced()
        if unpriced and request.budget.usd is not None:
            message = f"no price is known for {', '.join(unpriced)}; set PROMPTEVOLVER_PRICES"
            await self.fail(ErrorCode.PRICE_UNKNOWN, f"{message}, or drop budget.usd")
            return
        try:
            if request.kind == "evaluation":
                await self._evaluate()
            else:
                await self._optimize()
        except OutOfBudget as error:
            advice = f"raise budget.{error.limit}"
            if error.limit == "calls":
                advice = f"{advice}: {await self._least()}"
            await self.fail(ErrorCode.BUDGET_TOO_SMALL, f"{error}; {advice}")

    async def _least(self) -> str:
        """Say how many calls a run takes before anything is changed."""
        request = self._request
        splits: tuple[Split, ...] = (request.split,)
        what = "to score every example"
        if request.kind == "optimization":
            # The exam is sat by two: the original and the winner.
            splits = ("validation", "test", "test")
            what = "the original and the exam alone"
        examples = [each for split in splits for each in await self._examples(split)]
        calls = self._effects.worst_score(request.program, examples).calls
        return f"{what} may take {calls:,}"

    async def fail(self, code: str, message: str) -> None:
        """End the run: it cannot go on."""
        head = self._chronicle.head("failed")
        spend = self._chronicle.record.spend
        await self._chronicle.emit(f.RunFailed(**head, code=code, message=message, spend=spend))
        log.warning("run failed", code=code, reason=message)

    async def _evaluate(self) -> None:
        request = self._request
        examples = await self._examples(request.split)
        bound = self._effects.worst_score(request.program, examples)
        limit = Ledger(request.budget).grant(EXAM, bound)
        if limit is not None:
            raise OutOfBudget(limit)
        sheet = await self._sheet("evaluation", request.program, examples)
        await self._effects.scored(BASELINE, sheet, "full")
        await self._complete(request.program, None, None, "every example is scored")

    async def _optimize(self) -> None:
        request = self._request
        splits = Splits(await self._examples("train"), await self._examples("validation"))
        test = await self._examples("test")
        ledger = Ledger(request.budget)
        self._effects.calibrate(splits)
        seats = 2 * len(test)
        _set_aside(ledger, Spend(calls=self._effects.typical_score().calls * seats))
        pipeline = Pipeline(
            original=request.program,
            splits=splits,
            effects=self._effects,
            ledger=ledger,
            seed=request.seed,
            width=request.width,
            brief=Brief(request.program.name, request.feedback),
        )
        await pipeline.baseline(known=request.origin is not None)
        # Now it is known about how many tokens a call takes.
        ledger.settle(EXAM, Spend())
        _set_aside(ledger, times(pipeline.expected(), seats))
        await pipeline.start_from([request.program.with_texts(s.texts) for s in request.archive])
        params = self._strategy.params.model_validate(request.strategy.parameters)
        await self._strategy.run(pipeline, params)
        await self._examine(pipeline, test)

    async def _examine(self, pipeline: Pipeline, test: tuple[Example, ...]) -> None:
        """Sit the sealed exam: the one planned comparison of the run.

        A veto that comes when the exam has begun still holds: then nobody wins over the original.
        """
        reason = f"budget: {pipeline.limit}" if pipeline.limit else "the strategy has finished"
        await pipeline.heed("exam")
        original, winner = self._request.program, pipeline.archive.best.program
        if winner.candidate_id == original.candidate_id:
            reason = f"{reason}; no candidate beat the original"
            await self._complete(winner, "equivalent", None, reason)
            return
        sheets = await sit(self._effects, pipeline.ledger, (original, winner), test)
        if not sheets[1].outcomes:
            await self._complete(winner, "too_small", None, f"{reason}; no room for the exam")
            return
        for sheet in sheets:
            await self._effects.scored(EXAM, sheet, "exam")
        comparison = await asyncio.to_thread(
            grade,
            *sheets,
            expected=len(test),
            clusters=clusters_of(test),
            margin=self._request.margin,
            seed=self._request.seed,
        )
        graded = f.ExamGraded(
            **self._chronicle.head("exam.graded"),
            original=original.candidate_id,
            winner=winner.candidate_id,
            comparison=comparison,
        )
        await self._chronicle.emit(graded)
        await pipeline.heed("end")
        if winner.candidate_id in pipeline.archive.vetoed:
            reason = f"{reason}; the winner was vetoed after its exam had begun"
            await self._complete(self._request.program, "equivalent", None, reason)
            return
        await self._complete(winner, comparison.verdict, comparison, reason)

    async def _examples(self, split: Split) -> tuple[Example, ...]:
        return tuple(await self._tools.datasets.split(self._request.dataset, split))

    async def _sheet(self, effect: str, program: Program, examples: Sequence[Example]) -> Sheet:
        return Sheet(program, await self._effects.score(effect, program, examples))

    async def _complete(
        self,
        winner: Program,
        verdict: f.Verdict | None,
        comparison: f.Comparison | None,
        reason: str,
    ) -> None:
        completed = f.RunCompleted(
            **self._chronicle.head("completed"),
            winner=winner.candidate_id,
            texts=winner.texts,
            verdict=verdict,
            comparison=comparison,
            spend=self._chronicle.record.spend,
            reason=reason,
        )
        await self._chronicle.emit(completed)
        log.info("run completed", verdict=verdict, reason=reason)


def _set_aside(ledger: Ledger, amount: Spend) -> None:
    limit = ledger.grant(EXAM, amount)
    if limit is not None:
        raise OutOfBudget(limit)
