"""From messages to rows; pure.

Within a batch events are folded in the order of the stream. Across batches the write queries merge
the rows so that neither repeats nor the order of commits change the result.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import singledispatch
from typing import Any

from promptevolver_contracts import facts
from promptevolver_contracts.errors import ErrorCode, ErrorInfo
from promptevolver_contracts.mutations import Mutation
from promptevolver_contracts.outcomes import Outcome, ShardResult
from promptevolver_contracts.runs import ModelSpec, RunRequest
from promptevolver_contracts.spending import Spend
from pydantic import BaseModel
from pydantic_core import to_json

from promptevolver_history.events import Event
from promptevolver_history.rows import (
    CandidateRow,
    ConfigRow,
    MutationRow,
    OutcomeRow,
    PayloadRow,
    RunRow,
)
from promptevolver_history.tallies import (
    EXACT,
    UNKNOWN_SPLIT,
    CandidateTally,
    MetricTally,
    added,
)
from promptevolver_history.wording import joined, texts

_NOT_CONFIG = {"schema_version", "run_id", "project", "requested_at", "archive", "feedback"}
"""Of a request: names of the message itself, and what would make its copy large."""


@dataclass(slots=True)
class Changes:
    """What a batch of events changes in the read model."""

    runs: dict[str, RunRow] = field(default_factory=dict)
    candidates: dict[tuple[str, str], CandidateRow] = field(default_factory=dict)
    mutations: list[MutationRow] = field(default_factory=list)
    outcomes: list[OutcomeRow] = field(default_factory=list)
    payloads: list[PayloadRow] = field(default_factory=list)
    configs: list[ConfigRow] = field(default_factory=list)
    candidate_tallies: dict[tuple[str, str, str], CandidateTally] = field(default_factory=dict)
    metric_tallies: dict[tuple[str, str, str, str], MetricTally] = field(default_factory=dict)

    def run(self, run_id: str) -> RunRow:
        """Give the run's row."""
        return self.runs.setdefault(run_id, RunRow(run_id))

    def candidate(self, run_id: str, candidate_id: str) -> CandidateRow:
        """Give the candidate's row."""
        key = (run_id, candidate_id)
        return self.candidates.setdefault(key, CandidateRow(run_id, candidate_id))

    def tally(self, run_id: str, candidate_id: str, split: str, outcome: Outcome) -> None:
        """Count an outcome in all sums."""
        key = (run_id, candidate_id, split)
        self.candidate_tallies.setdefault(key, CandidateTally(*key)).add(outcome)
        for metric, score in outcome.scores.items():
            named = (*key, metric)
            self.metric_tallies.setdefault(named, MetricTally(*named)).add(score)


def fold(events: Iterable[Event]) -> Changes:
    """Fold events, given in the order of the stream, into changes."""
    changes = Changes()
    for event in events:
        run = changes.run(event.run_id)
        run.last_seq = max(run.last_seq, event.seq)
        _apply(event.message, event, run, changes)
    _sum_up(changes)
    return changes


def _sum_up(changes: Changes) -> None:
    histograms: dict[str, list[int]] = {}
    for tally in changes.candidate_tallies.values():
        run = changes.runs[tally.run_id]
        run.faults += tally.faults
        run.cached_outcomes += tally.cached_outcomes
        run.timed_outcomes += tally.timed_outcomes
        run.latency_ms = EXACT.add(run.latency_ms, tally.latency_ms)
        known = histograms.get(tally.run_id, [])
        histograms[tally.run_id] = added(known, tally.latency_buckets)
    for run_id, buckets in histograms.items():
        changes.runs[run_id].latency_buckets = f"{{{','.join(map(str, buckets))}}}"


def _json(value: Any) -> str:
    return to_json(value).decode()


def _text(value: BaseModel | None) -> str | None:
    return None if value is None else value.model_dump_json()


def _enter(run: RunRow, state: str, event: Event, paused_reason: str | None = None) -> None:
    run.state, run.state_seq, run.paused_reason = state, event.seq, paused_reason


def _pay(run: RunRow, spend: Spend) -> None:
    run.calls += spend.calls
    run.cached_calls += spend.cached_calls
    run.prompt_tokens += spend.prompt_tokens
    run.completion_tokens += spend.completion_tokens
    run.usd = EXACT.add(run.usd, _usd(spend))
    run.unpriced_calls += spend.unpriced_calls


def _usd(spend: Spend) -> Decimal:
    return Decimal(repr(spend.usd))


@singledispatch
def _apply(_message: object, _event: Event, _run: RunRow, _changes: Changes) -> None:
    """Do nothing: other messages change no read model, they are kept as events."""


@_apply.register
def _(message: RunRequest, event: Event, run: RunRow, changes: Changes) -> None:
    models = {
        part: spec
        for part, spec in message.models
        if isinstance(spec, ModelSpec)  # a judge may be absent
    }
    run.project = message.project
    run.kind = message.kind
    run.name = message.name
    run.strategy = message.strategy.name
    run.program = message.program.name
    run.dataset = message.dataset.name
    run.models = _json({part: spec.model for part, spec in models.items()})
    run.simulated = message.models.simulated
    run.request = event.payload
    run.requested_at = message.requested_at
    run.trace_id = event.trace_id
    run.budget, run.budget_seq = message.budget.model_dump_json(), event.seq
    if message.origin is not None:
        run.origin_run = message.origin.run_id
        run.origin_candidate = message.origin.candidate_id
        run.origin_relation = message.origin.relation
    run.ranked_on = "validation" if message.kind == "optimization" else message.split
    _enter(run, "queued", event)
    changes.configs.append(_config(message))


def _config(message: RunRequest) -> ConfigRow:
    config = message.model_dump(mode="json", exclude=_NOT_CONFIG)
    config["program"] = {"name": message.program.name}
    said = texts([message.name, message.program.name, message.dataset.name, message.strategy.name])
    models = texts(config["models"])
    return ConfigRow(
        run_id=message.run_id,
        project=message.project,
        # Infinity is no JSON: a metadata field of 1e999 must not keep the run from being stored.
        config=to_json(config, inf_nan_mode="null").decode(),
        words=joined([*said, *models, *texts(message.metadata)]),
    )


@_apply.register
def _(message: facts.RunStarted, event: Event, run: RunRow, changes: Changes) -> None:
    run.started_at = message.at
    run.original = message.original
    _enter(run, "running", event)
    original = changes.candidate(event.run_id, message.original)
    original.is_original = True
    _introduce(original, event, message.texts, ())


@_apply.register
def _(message: facts.CandidateProposed, event: Event, _run: RunRow, changes: Changes) -> None:
    candidate = changes.candidate(event.run_id, message.candidate_id)
    _introduce(candidate, event, message.texts, message.parents)


def _introduce(
    row: CandidateRow, event: Event, texts: dict[str, str], parents: tuple[str, ...]
) -> None:
    if row.ordinal is None:
        row.ordinal, row.step = event.seq, event.message.step
        row.texts = _json(texts)
    if row.parents is None:
        row.parents = _json(parents)


@_apply.register
def _(message: facts.MutationMade, event: Event, run: RunRow, changes: Changes) -> None:
    run.proposed += 1
    mutation: Mutation = message.mutation
    candidate = changes.candidate(event.run_id, mutation.child)
    if candidate.operator_seq is None:
        candidate.operator, candidate.operator_seq = mutation.operator, event.seq
        candidate.parents = _json(mutation.parents)
    changes.mutations.append(
        MutationRow(
            run_id=event.run_id,
            stream_seq=event.seq,
            step=message.step,
            operator=mutation.operator,
            child=mutation.child,
            parents=_json(mutation.parents),
            components=_json(mutation.components),
            rationale=mutation.rationale,
            example_ids=_json(mutation.example_ids),
            at=message.at,
            feedback_ids=_json(mutation.feedback_ids),
        )
    )


@_apply.register
def _(message: facts.CallAnswered, _event: Event, run: RunRow, _changes: Changes) -> None:
    _pay(run, message.spend)


@_apply.register
def _(message: facts.ShardsDispatched, _event: Event, run: RunRow, _changes: Changes) -> None:
    run.shards_dispatched += len(message.shards)


@_apply.register
def _(message: facts.CandidateScored, event: Event, _run: RunRow, changes: Changes) -> None:
    # A search ranks on the whole validation split, an evaluation on the split that it was given.
    if message.kind == "full":
        candidate = changes.candidate(event.run_id, message.candidate_id)
        candidate.full_mean = message.mean
        candidate.full_examples = message.examples
        candidate.full_seq = event.seq


@_apply.register
def _(message: facts.CandidateAccepted, event: Event, run: RunRow, changes: Changes) -> None:
    run.accepted += 1
    changes.candidate(event.run_id, message.candidate_id).is_accepted = True


@_apply.register
def _(message: facts.CandidateRejected, event: Event, run: RunRow, changes: Changes) -> None:
    # Without a candidate the step made no mutation, so none was proposed either.
    if message.candidate_id is not None:
        run.rejected += 1
        changes.candidate(event.run_id, message.candidate_id).is_rejected = True


@_apply.register
def _(message: facts.CandidatePinned, event: Event, _run: RunRow, changes: Changes) -> None:
    candidate = changes.candidate(event.run_id, message.candidate_id)
    candidate.pinned, candidate.pinned_seq = True, event.seq
    candidate.vetoed, candidate.vetoed_seq = False, event.seq


@_apply.register
def _(message: facts.CandidateUnpinned, event: Event, _run: RunRow, changes: Changes) -> None:
    candidate = changes.candidate(event.run_id, message.candidate_id)
    candidate.pinned, candidate.pinned_seq = False, event.seq


@_apply.register
def _(message: facts.CandidateVetoed, event: Event, _run: RunRow, changes: Changes) -> None:
    candidate = changes.candidate(event.run_id, message.candidate_id)
    candidate.vetoed, candidate.vetoed_seq = True, event.seq
    candidate.pinned, candidate.pinned_seq = False, event.seq


@_apply.register
def _(message: facts.CandidateUnvetoed, event: Event, _run: RunRow, changes: Changes) -> None:
    candidate = changes.candidate(event.run_id, message.candidate_id)
    candidate.vetoed, candidate.vetoed_seq = False, event.seq


@_apply.register
def _(message: facts.BudgetToppedUp, event: Event, run: RunRow, _changes: Changes) -> None:
    run.budget, run.budget_seq = message.budget.model_dump_json(), event.seq


@_apply.register
def _(message: facts.RunPaused, event: Event, run: RunRow, _changes: Changes) -> None:
    _enter(run, "paused", event, message.reason)


@_apply.register
def _(_message: facts.RunResumed, event: Event, run: RunRow, _changes: Changes) -> None:
    _enter(run, "running", event)


@_apply.register
def _(message: facts.RunCompleted, event: Event, run: RunRow, _changes: Changes) -> None:
    _enter(run, "completed", event)
    run.ended_at = message.at
    run.ended_with, run.ended_texts = message.winner, _json(message.texts)
    run.verdict, run.comparison = message.verdict, _text(message.comparison)
    run.reason = message.reason


@_apply.register
def _(message: facts.RunFailed, event: Event, run: RunRow, _changes: Changes) -> None:
    _enter(run, "failed", event)
    run.ended_at = message.at
    run.reason = message.message
    try:
        error = ErrorInfo(code=ErrorCode(message.code), detail=message.message)
    except ValueError:  # a code of a newer optimizer
        detail = f"{message.code}: {message.message}"
        error = ErrorInfo(code=ErrorCode.INTERNAL, detail=detail)
    run.error = error.model_dump_json()


@_apply.register
def _(message: facts.RunCancelled, event: Event, run: RunRow, _changes: Changes) -> None:
    _enter(run, "cancelled", event)
    run.ended_at = message.at
    run.ended_with, run.ended_texts = message.best, _json(message.texts)
    run.reason = message.reason


@_apply.register
def _(message: ShardResult, event: Event, run: RunRow, changes: Changes) -> None:
    run.shards_done += 1
    run.outcomes += len(message.outcomes)
    _pay(run, message.spend)
    split = message.split or UNKNOWN_SPLIT
    for position, outcome in enumerate(message.outcomes):
        changes.tally(event.run_id, message.candidate_id, split, outcome)
        changes.outcomes.append(_outcome(message, split, position, outcome, event.seq))
        changes.payloads.append(
            PayloadRow(
                run_id=event.run_id,
                stream_seq=event.seq,
                position=position,
                output=outcome.output,
                feedback=outcome.feedback,
                fault=_text(outcome.fault),
                stages=_json(outcome.stages),
            )
        )


def _outcome(
    result: ShardResult, split: str, position: int, outcome: Outcome, seq: int
) -> OutcomeRow:
    spend = outcome.spend
    return OutcomeRow(
        run_id=result.run_id,
        stream_seq=seq,
        position=position,
        shard_id=result.shard_id,
        candidate_id=result.candidate_id,
        split=split,
        example_id=outcome.example_id,
        repeat=outcome.repeat,
        outcome_class=outcome.outcome_class,
        fault_kind=None if outcome.fault is None else outcome.fault.kind,
        cached=spend.calls == 0 and spend.cached_calls > 0,
        score=outcome.score,
        latency_ms=outcome.latency_ms,
        calls=spend.calls,
        cached_calls=spend.cached_calls,
        prompt_tokens=spend.prompt_tokens,
        completion_tokens=spend.completion_tokens,
        unpriced_calls=spend.unpriced_calls,
        usd=_usd(spend),
        scores=_json(outcome.scores),
        at=result.at,
    )
