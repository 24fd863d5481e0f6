"""One run: take it over, replay it, search, sit the exam, and record every fact under the fence."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import structlog
from nats.aio.msg import Msg
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind
from promptevolver_contracts import facts as f
from promptevolver_contracts.controls import Control
from promptevolver_contracts.datasets import Example, Split
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.faults import Fault
from promptevolver_contracts.outcomes import ShardResult
from promptevolver_contracts.programs import Program
from promptevolver_contracts.runs import RunRequest
from promptevolver_contracts.spending import Spend
from promptevolver_runtime.journal import RunJournal
from promptevolver_runtime.publishing import Fenced
from promptevolver_runtime.telemetry import links, tracer

from promptevolver_optimizer.archive import Sheet
from promptevolver_optimizer.chronicle import Chronicle
from promptevolver_optimizer.dispatch import Dispatcher
from promptevolver_optimizer.effects import RunEffects, Tools
from promptevolver_optimizer.exam import clusters_of, grade
from promptevolver_optimizer.ledger import EXAM, Ledger, OutOfBudget, times
from promptevolver_optimizer.pauses import Cause, Pauses
from promptevolver_optimizer.pipeline import BASELINE, Pipeline
from promptevolver_optimizer.search import Brief
from promptevolver_optimizer.sitting import sit
from promptevolver_optimizer.slot import Splits
from promptevolver_optimizer.strategies import StrategyKind

log = structlog.get_logger(__name__)


class Engine:
    """Drives one run to its end, as its owner."""

    def __init__(
        self,
        request: RunRequest,
        strategy: StrategyKind,
        tools: Tools,
        journal: RunJournal,
        context: Context,
    ) -> None:
        self._request = request
        self._strategy = strategy
        self._tools = tools
        self._chronicle = Chronicle(request, journal, context)
        self._pauses = Pauses(self._on_pause, self._on_resume)
        self._dispatcher = Dispatcher(
            request, self._pauses, self._chronicle.send, window=tools.window(request)
        )
        self._effects = RunEffects(self._chronicle, self._dispatcher, self._pauses, tools)
        self._cancelled = asyncio.Event()

    async def drive(self) -> None:
        """Run to the end. Raises Fenced or Unsure, and whatever a fault of the code raises."""
        await self._chronicle.journal.acquire()
        caught_up = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            reader = group.create_task(self._read(caught_up))
            await caught_up.wait()
            recovery = group.create_task(self._dispatcher.recover())
            if not self._chronicle.record.ended:
                await self._run_or_give_up(group)
            reader.cancel()
            recovery.cancel()

    async def _run_or_give_up(self, group: asyncio.TaskGroup) -> None:
        """Run, unless what ended owner after owner without a trace would end this one too."""
        owners = self._chronicle.idle_owners
        if owners < self._tools.takeovers:
            await self._run(group)
        else:
            await self._fail(ErrorCode.GAVE_UP, f"{owners} owners in a row got nothing done")

    async def _run(self, group: asyncio.TaskGroup) -> None:
        search = group.create_task(self._search())
        cancelled = group.create_task(self._cancelled.wait())
        await asyncio.wait({search, cancelled}, return_when=asyncio.FIRST_COMPLETED)
        cancelled.cancel()
        if not search.done():
            search.cancel()
            await asyncio.wait({search})
            await self._end_cancelled()

    async def _read(self, caught_up: asyncio.Event) -> None:
        journal = self._chronicle.journal
        async with aclosing(journal.replay()) as messages:
            await self._take_over(messages)
            caught_up.set()
            async for message in messages:
                if message.subject.startswith("pe.epoch."):
                    raise Fenced(f"run {journal.run} has a newer owner")
                match self._chronicle.fold(message.subject, message.data):
                    case ShardResult() as result:
                        self._dispatcher.receive(result)
                    case Control() as control:
                        await self._obey(control)

    async def _take_over(self, messages: AsyncGenerator[Msg]) -> None:
        """Read the past. The span links to the former owner's, instead of continuing it."""
        chronicle, record = self._chronicle, self._chronicle.record
        with tracer(__name__).start_as_current_span(
            "take over run",
            context=self._chronicle.context,
            kind=SpanKind.CONSUMER,
            attributes={"messaging.system": "nats", "pe.run.id": self._request.run_id},
        ) as span:
            former = await chronicle.rebuild(messages)
            for link in links([former.headers] if former else []):
                span.add_link(link.context)
            span.set_attribute("pe.run.replayed", chronicle.replayed)
        log.info("run taken over", epoch=chronicle.journal.epoch, replayed=chronicle.replayed)
        self._dispatcher.restore(record)
        if record.ended:
            return
        if record.cancel is not None:
            self._cancelled.set()
        elif record.user_paused is not None:
            await self._obey(record.user_paused)
        elif record.paused:
            # The cause was the former owner's to see; if it still holds, it is met again.
            await self._on_resume()

    async def _obey(self, control: Control) -> None:
        match control.op:
            case "cancel":
                self._cancelled.set()
            case "pause":
                await self._pauses.block("user", control.reason or "paused by a user")
            case "resume":
                await self._pauses.clear("user")
        self._effects.wake()

    async def _on_pause(self, cause: Cause, reason: str, fault: Fault | None) -> None:
        log.warning("run paused", cause=cause, reason=reason)
        head = self._chronicle.head(f"pause.{self._chronicle.record.pauses}")
        await self._chronicle.emit(f.RunPaused(**head, cause=cause, reason=reason, fault=fault))

    async def _on_resume(self) -> None:
        log.info("run resumed")
        head = self._chronicle.head(f"resume.{self._chronicle.record.pauses}")
        await self._chronicle.emit(f.RunResumed(**head))

    async def _search(self) -> None:
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
            await self._fail(ErrorCode.PRICE_UNKNOWN, f"{message}, or drop budget.usd")
            return
        try:
            if request.kind == "evaluation":
                await self._evaluate()
            else:
                await self._optimize()
        except OutOfBudget as error:
            await self._fail(ErrorCode.BUDGET_TOO_SMALL, f"{error}; raise budget.{error.limit}")

    async def _fail(self, code: str, message: str) -> None:
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

    async def _end_cancelled(self) -> None:
        await self._chronicle.settle()
        await self._effects.marks("end")
        record, original = self._chronicle.record, self._request.program
        control, best = record.cancel, record.best(original.candidate_id)
        cancelled = f.RunCancelled(
            **self._chronicle.head("cancelled"),
            best=best,
            texts=record.texts.get(best, original.texts),
            by=control.by if control else "",
            reason=control.reason if control else "",
            spend=record.spend,
        )
        await self._chronicle.emit(cancelled)
        log.info("run cancelled", best=best)


def _set_aside(ledger: Ledger, amount: Spend) -> None:
    limit = ledger.grant(EXAM, amount)
    if limit is not None:
        raise OutOfBudget(limit)
