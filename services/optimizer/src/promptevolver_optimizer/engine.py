"""One run under its owner: take it over, replay it, let it run, heed what it is told."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import structlog
from nats.aio.msg import Msg
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind
from promptevolver_contracts import facts as f
from promptevolver_contracts.controls import Control
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.faults import Fault
from promptevolver_contracts.outcomes import ShardResult
from promptevolver_contracts.runs import RunRequest
from promptevolver_runtime.journal import RunJournal
from promptevolver_runtime.publishing import Fenced
from promptevolver_runtime.telemetry import links, tracer

from promptevolver_optimizer.chronicle import Chronicle
from promptevolver_optimizer.course import Course
from promptevolver_optimizer.dispatch import Dispatcher
from promptevolver_optimizer.effects import RunEffects, Tools
from promptevolver_optimizer.pauses import Cause, Pauses
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
        self._tools = tools
        self._chronicle = Chronicle(request, journal, context)
        self._pauses = Pauses(self._on_pause, self._on_resume)
        self._dispatcher = Dispatcher(
            request, self._pauses, self._chronicle.send, window=tools.window(request)
        )
        self._effects = RunEffects(self._chronicle, self._dispatcher, self._pauses, tools)
        self._course = Course(request, strategy, tools, self._chronicle, self._effects)
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
            await self._course.fail(ErrorCode.GAVE_UP, f"{owners} owners in a row got nothing done")

    async def _run(self, group: asyncio.TaskGroup) -> None:
        search = group.create_task(self._course.follow())
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
