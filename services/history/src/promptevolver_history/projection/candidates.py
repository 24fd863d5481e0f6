"""What becomes of a candidate: made, scored, decided, marked."""

from promptevolver_contracts import facts
from promptevolver_contracts.mutations import Mutation

from promptevolver_history.events import Event
from promptevolver_history.projection.changes import Changes
from promptevolver_history.projection.spelling import json_of
from promptevolver_history.rows import CandidateRow, MutationRow, RunRow


def proposed(
    message: facts.CandidateProposed, event: Event, _run: RunRow, changes: Changes
) -> None:
    candidate = changes.candidate(event.run_id, message.candidate_id)
    introduce(candidate, event, message.texts, message.parents)


def introduce(
    row: CandidateRow, event: Event, texts: dict[str, str], parents: tuple[str, ...]
) -> None:
    if row.ordinal is None:
        row.ordinal, row.step = event.seq, event.message.step
        row.texts = json_of(texts)
    if row.parents is None:
        row.parents = json_of(parents)


def mutated(message: facts.MutationMade, event: Event, run: RunRow, changes: Changes) -> None:
    run.proposed += 1
    mutation: Mutation = message.mutation
    candidate = changes.candidate(event.run_id, mutation.child)
    if candidate.operator_seq is None:
        candidate.operator, candidate.operator_seq = mutation.operator, event.seq
        candidate.parents = json_of(mutation.parents)
    changes.mutations.append(
        MutationRow(
            run_id=event.run_id,
            stream_seq=event.seq,
            step=message.step,
            operator=mutation.operator,
            child=mutation.child,
            parents=json_of(mutation.parents),
            components=json_of(mutation.components),
            rationale=mutation.rationale,
            example_ids=json_of(mutation.example_ids),
            at=message.at,
            feedback_ids=json_of(mutation.feedback_ids),
        )
    )


def scored(message: facts.CandidateScored, event: Event, _run: RunRow, changes: Changes) -> None:
    # A search ranks on the whole validation split, an evaluation on the split that it was given.
    if message.kind == "full":
        candidate = changes.candidate(event.run_id, message.candidate_id)
        candidate.full_mean = message.mean
        candidate.full_examples = message.examples
        candidate.full_seq = event.seq


def accepted(message: facts.CandidateAccepted, event: Event, run: RunRow, changes: Changes) -> None:
    run.accepted += 1
    changes.candidate(event.run_id, message.candidate_id).is_accepted = True


def rejected(message: facts.CandidateRejected, event: Event, run: RunRow, changes: Changes) -> None:
    # Without a candidate the step made no mutation, so none was proposed either.
    if message.candidate_id is not None:
        run.rejected += 1
        changes.candidate(event.run_id, message.candidate_id).is_rejected = True


def pinned(message: facts.CandidatePinned, event: Event, _run: RunRow, changes: Changes) -> None:
    candidate = changes.candidate(event.run_id, message.candidate_id)
    candidate.pinned, candidate.pinned_seq = True, event.seq
    candidate.vetoed, candidate.vetoed_seq = False, event.seq


def unpinned(
    message: facts.CandidateUnpinned, event: Event, _run: RunRow, changes: Changes
) -> None:
    candidate = changes.candidate(event.run_id, message.candidate_id)
    candidate.pinned, candidate.pinned_seq = False, event.seq


def vetoed(message: facts.CandidateVetoed, event: Event, _run: RunRow, changes: Changes) -> None:
    candidate = changes.candidate(event.run_id, message.candidate_id)
    candidate.vetoed, candidate.vetoed_seq = True, event.seq
    candidate.pinned, candidate.pinned_seq = False, event.seq


def unvetoed(
    message: facts.CandidateUnvetoed, event: Event, _run: RunRow, changes: Changes
) -> None:
    candidate = changes.candidate(event.run_id, message.candidate_id)
    candidate.vetoed, candidate.vetoed_seq = False, event.seq
