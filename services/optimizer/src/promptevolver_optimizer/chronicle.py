"""A run's chronicle: the record of the past and the journal that the present is added to."""

from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from typing import Any

from nats.aio.msg import Msg
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind
from promptevolver_contracts.facts import CandidateProposed, Fact
from promptevolver_contracts.ids import CandidateId
from promptevolver_contracts.programs import Program
from promptevolver_contracts.runs import RunRequest
from promptevolver_contracts.subjects import CONTROLS, LOG, RESULTS
from promptevolver_runtime.journal import RunJournal
from promptevolver_runtime.telemetry import tracer

from promptevolver_optimizer.dispatch import Parcel, announcement, shard_of
from promptevolver_optimizer.record import Record


class Chronicle:
    """Adds facts to a run, each one once, under its owner's fence."""

    def __init__(self, request: RunRequest, journal: RunJournal, context: Context) -> None:
        """`context` is the span context of the request, the root of the run's trace."""
        self.request = request
        self.journal = journal
        self.context = context
        self.record = Record()
        self.replayed = 0

    async def rebuild(self, messages: AsyncGenerator[Msg]) -> Msg | None:
        """Fold the past, all before one's own epoch; gives the former owner's epoch message."""
        former = None
        async for message in messages:
            if self.journal.is_own_epoch(message):
                break
            self.replayed += 1
            if message.subject.startswith("pe.epoch."):
                former = message
            self.fold(message.subject, message.data)
        return former

    def fold(self, subject: str, data: bytes) -> None:
        """Take note of a message of the run's stream."""
        match subject.split(".")[1]:
            case "log":
                self.record.add_fact(LOG.decode(data))
            case "res":
                self.record.add_result(RESULTS.decode(data))
            case "ctl":
                self.record.add_control(CONTROLS.decode(data))

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

        Raises Fenced or Unsure.
        """
        news = [fact for fact in facts if fact.id not in self.record.facts]
        if news:
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
