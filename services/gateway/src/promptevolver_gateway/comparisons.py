"""Which runs a request compares, and asking history for all of a comparison."""

from collections.abc import Sequence

from promptevolver_contracts.comparisons import (
    COMPARE_RUNS,
    MOST_RUNS,
    ComparedRun,
    CompareRuns,
    ComparisonView,
    PairComparison,
)
from promptevolver_contracts.errors import FieldError
from promptevolver_contracts.ids import CandidateId, RunId

from promptevolver_gateway.bus import Bus
from promptevolver_gateway.problems import Problem

PATIENCE_S = 30.0
"""A first comparison of large runs takes seconds; kept ones take milliseconds."""


def sides(
    numbered: Sequence[tuple[RunId | None, CandidateId | None]],
    runs: Sequence[RunId],
    candidates: Sequence[CandidateId],
) -> tuple[ComparedRun, ...]:
    """Put run1, run2 and the repeated run together; the first is the baseline.

    A repeated candidate belongs to the run at its place; an empty one leaves the choice open.
    Raises Problem `invalid_request`.
    """
    if len(candidates) > len(runs):
        detail = f"{len(candidates)} candidates for {len(runs)} runs; send one `run` for each"
        raise Problem.of_fields([FieldError(pointer="/query/candidate", message=detail)])
    chosen = [(run, candidate) for run, candidate in numbered if run is not None]
    left = [*candidates, *[None] * (len(runs) - len(candidates))]
    chosen += zip(runs, left, strict=True)
    if not 2 <= len(chosen) <= MOST_RUNS:
        detail = (
            f"name the baseline and one to {MOST_RUNS - 1} runs to compare with it, as run1 and "
            f"run2 or by repeating run; these are {len(chosen)}"
        )
        raise Problem.of_fields([FieldError(pointer="/query/run", message=detail)])
    return tuple(
        ComparedRun(run_id=run, candidate_id=candidate or None) for run, candidate in chosen
    )


async def compare(bus: Bus, question: CompareRuns) -> ComparisonView:
    """Ask page by page: a message holds some of the pairs only."""
    pairs: list[PairComparison] = []
    while True:
        page = await bus.ask(COMPARE_RUNS, question, within_s=PATIENCE_S)
        pairs += page.comparison.comparisons
        if page.next_offset is None:
            return page.comparison.model_copy(update={"comparisons": tuple(pairs)})
        question = question.model_copy(update={"offset": page.next_offset})
