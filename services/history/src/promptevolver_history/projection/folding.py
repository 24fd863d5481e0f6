"""Events in the order of the stream, folded into changes."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from promptevolver_contracts import facts
from promptevolver_contracts.outcomes import ShardResult
from promptevolver_contracts.runs import RunRequest

from promptevolver_history.events import Event
from promptevolver_history.projection import candidates, runs, work
from promptevolver_history.projection.changes import Changes
from promptevolver_history.rows import RunRow
from promptevolver_history.tallies import EXACT, added

_APPLIED: Mapping[type, Callable[[Any, Event, RunRow, Changes], None]] = {
    RunRequest: runs.requested,
    facts.RunStarted: runs.started,
    facts.BudgetToppedUp: runs.topped_up,
    facts.RunPaused: runs.paused,
    facts.RunResumed: runs.resumed,
    facts.RunCompleted: runs.completed,
    facts.RunFailed: runs.failed,
    facts.RunCancelled: runs.cancelled,
    facts.CandidateProposed: candidates.proposed,
    facts.MutationMade: candidates.mutated,
    facts.CandidateScored: candidates.scored,
    facts.CandidateAccepted: candidates.accepted,
    facts.CandidateRejected: candidates.rejected,
    facts.CandidatePinned: candidates.pinned,
    facts.CandidateUnpinned: candidates.unpinned,
    facts.CandidateVetoed: candidates.vetoed,
    facts.CandidateUnvetoed: candidates.unvetoed,
    facts.CallAnswered: work.call_answered,
    facts.ShardsDispatched: work.shards_dispatched,
    ShardResult: work.measured,
}
"""Other messages change no read model; they are kept as events."""


def fold(events: Iterable[Event]) -> Changes:
    """Fold events, given in the order of the stream, into changes."""
    changes = Changes()
    for event in events:
        run = changes.run(event.run_id)
        run.last_seq = max(run.last_seq, event.seq)
        apply = _APPLIED.get(type(event.message))
        if apply is not None:
            apply(event.message, event, run, changes)
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
