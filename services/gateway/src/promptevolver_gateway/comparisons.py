"""Which runs a request compares, and asking history for all of a comparison."""

from collections.abc import AsyncIterator, Sequence

from promptevolver_contracts.comparisons import (
    COMPARE_EXAMPLES,
    COMPARE_RUNS,
    MOST_RUNS,
    ComparedExamplePage,
    ComparedRun,
    CompareExamples,
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


async def examples(bus: Bus, question: CompareExamples, *, shows_data: bool) -> ComparedExamplePage:
    """Ask for a page of examples; inputs and expected values are empty unless `shows_data`."""
    page = await bus.ask(COMPARE_EXAMPLES, question, within_s=PATIENCE_S)
    if shows_data:
        return page
    hidden = {"inputs": "", "expected": ""}
    bare = tuple(each.model_copy(update=hidden) for each in page.examples)
    return page.model_copy(update={"examples": bare})


async def example_lines(
    bus: Bus, question: CompareExamples, first: ComparedExamplePage, *, shows_data: bool
) -> AsyncIterator[str]:
    """Give the first page and all that follow it, an example a line."""
    page = first
    while True:
        yield "".join(f"{each.model_dump_json()}\n" for each in page.examples)
        if page.next_after is None:
            return
        question = question.model_copy(update={"after": page.next_after})
        page = await examples(bus, question, shows_data=shows_data)
