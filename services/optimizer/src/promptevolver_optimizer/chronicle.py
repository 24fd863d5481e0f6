"""A run's chronicle: the record of the past and the journal that the present is added to."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog
from nats.aio.msg import Msg
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind
from promptevolver_contracts.controls import Control
from promptevolver_contracts.facts import CandidateProposed, Fact
from promptevolver_contracts.faults import Fault
from promptevolver_contracts.ids import CandidateId, ShardId
from promptevolver_contracts.outcomes import ShardResult
from promptevolver_contracts.programs import Program
from promptevolver_contracts.runs import RunRequest
from promptevolver_contracts.subjects import CONTROLS, LOG, RESULTS
from promptevolver_runtime.journal import RunJournal
from promptevolver_runtime.telemetry import tracer
from pydantic import ValidationError

from promptevolver_optimizer.parcels import Parcel, announcement, shard_of
from promptevolver_optimizer.record import Record

log = structlog.get_logger(__name__)


class Chronicle:
    """Adds facts to a run, each one once, under its owner's fence."""

    def __init__(self, request: RunRequest, journal: RunJournal, context: Context) -> None:
        """`context` is the span context of the request, the root of the run's trace."""
        self.request = request
        self.journal = journal
        self.context = context
        self.record = Record()
        self.replayed = 0
        self.idle_owners = 0
        """How many owners before this one left nothing behind, counted back from the last news."""
        self._turn = asyncio.Lock()

    async def rebuild(self, messages: AsyncGenerator[Msg]) -> Msg | None:
        """Fold the past, all before one's own epoch; gives the former owner's epoch message."""
        former = None
        async for message in messages:
            if self.journal.is_own_epoch(message):
                break
            self.replayed += 1
            if message.subject.startswith("pe.epoch."):
                former = message
                self.idle_owners += 1
            else:
                self.idle_owners = 0
            self.fold(message.subject, message.data)
        return former

    def fold(self, subject: str, data: bytes) -> ShardResult | Control | None:
        """Take note of a message of the run's stream; gives what others than its owner wrote.

        Theirs may be unreadable: a control is passed over, a result counts as a fault, because its
        subject never gets another one. Raises ValidationError for an unreadable fact.
        """
        match subject.split(".")[1]:
            case "log":
                self.record.add_fact(LOG.decode(data))
            case "res":
                result = self._result(subject, data)
                self.record.add_result(result)
                return result
            case "ctl":
                try:
                    control = CONTROLS.decode(data)
                except ValidationError as error:
                    log.warning("unreadable control passed over", error=str(error))
                    return None
                self.record.add_control(control)
                return control
        return None

    def _result(self, subject: str, data: bytes) -> ShardResult:
        try:
            return RESULTS.decode(data)
        except ValidationError as error:
            log.warning("unreadable result", subject=subject, error=str(error))
            return ShardResult(
                run_id=self.request.run_id,
                shard_id=ShardId(subject.rpartition(".")[2]),
                candidate_id=CandidateId(""),
                fault=Fault(kind="malformed", message="the result that was stored is unreadable"),
                at=datetime.now(UTC),
            )

    def head(self, fact_id: str, step: int | None = None) -> dict[str, Any]:
        """Give the fields that every fact starts with."""
        return {
            "id": fact_id,
            "run_id": self.request.run_id,
            "epoch": self.journal.epoch,
            "at": datetime.now(UTC),
            "step": step,
        }

    async def emit(self, *facts: Fact) -> None:
        """Append facts, all or none; those that are in the log already are left out.

        Once the run has ended nothing is added: its last fact stays the last. An append that has
        begun is finished also when who asked for it is cancelled, so that the record never knows
        less than the log. Raises Fenced, Unsure or Refused.
        """
        await asyncio.shield(self._append(facts))

    async def settle(self) -> None:
        """Wait until no append is under way."""
        async with self._turn:
            return

    async def _append(self, facts: Sequence[Fact]) -> None:
        async with self._turn:
            news = [fact for fact in facts if fact.id not in self.record.facts]
            if news and not self.record.ended:
                await self.journal.append(news)
                for fact in news:
                    self.record.add_fact(fact)

    async def propose(
        self, program: Program, parents: Sequence[CandidateId] = (), step: int | None = None
    ) -> None:
        """Record that a candidate exists."""
        proposed = CandidateProposed(
            **self.head(f"candidate.{program.candidate_id}", step),
            candidate_id=program.candidate_id,
            texts=program.texts,
            parents=tuple(parents),
        )
        await self.emit(proposed)

    async def send(self, fact_id: str, program: Program, parcels: list[Parcel]) -> None:
        """Publish shards together with the fact that announces them."""
        at = self.head(fact_id)["at"]
        fact = announcement(fact_id, self.request, self.journal.epoch, parcels, at)
        shards = [shard_of(self.request, program, parcel) for parcel in parcels]
        with tracer(__name__).start_as_current_span(
            "dispatch shards",
            context=self.context,
            kind=SpanKind.PRODUCER,
            attributes={
                "messaging.system": "nats",
                "messaging.operation.type": "send",
                "messaging.batch.message_count": len(shards),
                "pe.run.id": self.request.run_id,
            },
        ):
            await self.journal.append([fact], shards)
        self.record.add_fact(fact)
