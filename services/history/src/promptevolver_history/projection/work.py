"""What was dispatched, answered and paid."""

from promptevolver_contracts import facts
from promptevolver_contracts.outcomes import Outcome, ShardResult
from promptevolver_contracts.spending import Spend

from promptevolver_history.events import Event
from promptevolver_history.projection.changes import Changes
from promptevolver_history.projection.spelling import json_of, text_of, usd_of
from promptevolver_history.rows import OutcomeRow, PayloadRow, RunRow
from promptevolver_history.tallies import EXACT, UNKNOWN_SPLIT


def call_answered(
    message: facts.CallAnswered, _event: Event, run: RunRow, _changes: Changes
) -> None:
    pay(run, message.spend)


def shards_dispatched(
    message: facts.ShardsDispatched, _event: Event, run: RunRow, _changes: Changes
) -> None:
    run.shards_dispatched += len(message.shards)


def measured(message: ShardResult, event: Event, run: RunRow, changes: Changes) -> None:
    run.shards_done += 1
    run.outcomes += len(message.outcomes)
    pay(run, message.spend)
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
                fault=text_of(outcome.fault),
                stages=json_of(outcome.stages),
            )
        )


def _outcome(
    result: ShardResult, split: str, position: int, outcome: Outcome, seq: int
) -> OutcomeRow:
    spend, worth = outcome.spend, outcome.worth
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
        usd=usd_of(spend),
        scores=json_of(outcome.scores),
        at=result.at,
        worth_calls=None if worth is None else worth.calls,
        worth_prompt_tokens=None if worth is None else worth.prompt_tokens,
        worth_completion_tokens=None if worth is None else worth.completion_tokens,
        worth_unpriced_calls=None if worth is None else worth.unpriced_calls,
        worth_usd=None if worth is None else usd_of(worth),
    )


def pay(run: RunRow, spend: Spend) -> None:
    run.calls += spend.calls
    run.cached_calls += spend.cached_calls
    run.prompt_tokens += spend.prompt_tokens
    run.completion_tokens += spend.completion_tokens
    run.usd = EXACT.add(run.usd, usd_of(spend))
    run.unpriced_calls += spend.unpriced_calls
