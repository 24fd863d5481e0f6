"""What happens to a shard from receipt to result."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Protocol

import structlog
from nats.aio.msg import Msg
from opentelemetry.trace import SpanKind
from promptevolver_contracts.datasets import DatasetRef, Example
from promptevolver_contracts.faults import Fault
from promptevolver_contracts.ids import CandidateId, RunId, ShardId
from promptevolver_contracts.outcomes import Shard, ShardResult
from promptevolver_contracts.subjects import TASKS
from promptevolver_runtime.dispositions import Dead, Retry
from promptevolver_runtime.rpc import QueryFailed
from promptevolver_runtime.telemetry import extract, tracer
from pydantic import ValidationError

from promptevolver_evaluator.cancellations import Cancellations, RunCancelled
from promptevolver_evaluator.faults import InfrastructureFault, bad_request
from promptevolver_evaluator.instruments import FAULTS, OUTCOMES, SHARD_SECONDS, SHARDS_IN_FLIGHT
from promptevolver_evaluator.program import Llm
from promptevolver_evaluator.records import Records
from promptevolver_evaluator.settings import Settings
from promptevolver_evaluator.shards import Kinds, faulty_result, run_shard

log = structlog.get_logger(__name__)


class Examples(Protocol):
    """Where examples come from; Datasets in production."""

    async def by_id(self, ref: DatasetRef, ids: Sequence[str]) -> list[Example]:
        """Give the examples. Raises QueryFailed and KeyError for what does not exist."""


class ShardHandler:
    """Nothing is paid for a shard that has a result or whose run is cancelled."""

    def __init__(
        self,
        settings: Settings,
        *,
        records: Records,
        examples: Examples,
        cancellations: Cancellations,
        llm: Llm,
        kinds: Kinds,
    ) -> None:
        self._settings = settings
        self._records = records
        self._examples = examples
        self._cancellations = cancellations
        self._llm = llm
        self._kinds = kinds

    async def handle(self, message: Msg) -> None:
        """Write the shard's result. Raises Dead for an unreadable message, Retry for a fault."""
        try:
            shard = TASKS.decode(message.data)
        except ValidationError as error:
            raise Dead(f"unreadable shard: {error}") from error
        candidate = shard.program.candidate_id
        with (
            structlog.contextvars.bound_contextvars(run_id=shard.run_id, candidate_id=candidate),
            _span(message, shard, candidate),
            SHARDS_IN_FLIGHT.track_inprogress(),
            SHARD_SECONDS.time(),
        ):
            await self._settle(shard, message.metadata.num_delivered or 1)

    async def exhausted(self, message: Msg, reason: str) -> None:
        """Tell the optimizer that a shard was given up, so that nothing waits for it."""
        fault = Fault(kind="unavailable", message=reason[:2000])
        try:
            result = faulty_result(TASKS.decode(message.data), fault, self._settings.instance)
        except ValidationError:
            result = _unread_result(message.subject, fault, self._settings.instance)
        await self._records.write(result)

    async def _settle(self, shard: Shard, delivery: int) -> None:
        if await self._is_over(shard):
            return
        try:
            result = await self._cancellations.unless(shard.run_id, lambda: self._scored(shard))
        except RunCancelled:
            log.info("shard of a cancelled run dropped", shard_id=shard.shard_id)
            return
        except InfrastructureFault as error:
            result = self._given_up(shard, error, delivery)
        if await self._records.write(result):
            for outcome in result.outcomes:
                OUTCOMES.labels(outcome.outcome_class).inc()
        else:
            log.info("another result was first", shard_id=shard.shard_id)

    async def _is_over(self, shard: Shard) -> bool:
        if shard.run_id in self._cancellations or await self._records.cancelled(shard.run_id):
            log.info("shard of a cancelled run dropped", shard_id=shard.shard_id)
            return True
        return await self._records.has_result(shard)

    async def _scored(self, shard: Shard) -> ShardResult:
        try:
            examples = await self._examples.by_id(shard.dataset, shard.example_ids)
        except KeyError as error:
            raise bad_request(f"dataset '{shard.dataset.name}' has no example {error}") from error
        except QueryFailed as error:
            raise bad_request(f"dataset '{shard.dataset.name}': {error}") from error
        return await run_shard(
            shard, examples, llm=self._llm, kinds=self._kinds, worker=self._settings.instance
        )

    def _given_up(self, shard: Shard, error: InfrastructureFault, delivery: int) -> ShardResult:
        """Give the faulty result that the optimizer acts upon; before, ask for another delivery."""
        fault = error.fault
        FAULTS.labels(fault.kind).inc()
        if not error.permanent and delivery <= self._settings.fault_attempts:
            growing = 2.0 ** (delivery - 1)
            raise Retry(str(error), growing if fault.retry_after_s is None else fault.retry_after_s)
        log.warning("shard gave no outcomes", shard_id=shard.shard_id, fault=fault.kind)
        return faulty_result(shard, fault, self._settings.instance)


def _unread_result(subject: str, fault: Fault, worker: str) -> ShardResult:
    """Give the result of a shard of which no more is known than where it came."""
    run, shard = subject.split(".")[-2:]
    return ShardResult(
        run_id=RunId(run),
        shard_id=ShardId(shard),
        candidate_id=CandidateId(""),
        fault=fault,
        worker=worker,
        at=datetime.now(UTC),
    )


@contextmanager
def _span(message: Msg, shard: Shard, candidate: CandidateId) -> Iterator[None]:
    attributes: dict[str, str | int] = {
        "messaging.system": "nats",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": message.subject,
        "messaging.destination.template": TASKS.template,
        "messaging.message.body.size": len(message.data),
        "messaging.consumer.group.name": message.metadata.consumer or "",
        "pe.run.id": shard.run_id,
        "pe.shard.id": shard.shard_id,
        "pe.candidate.id": candidate,
        "pe.shard.examples": len(shard.example_ids),
        "pe.delivery": message.metadata.num_delivered or 1,
    }
    with tracer(__name__).start_as_current_span(
        "process pe.task",
        context=extract(message.headers),
        kind=SpanKind.CONSUMER,
        attributes=attributes,
    ):
        yield
