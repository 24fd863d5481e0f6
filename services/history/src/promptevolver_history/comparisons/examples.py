"""Describing listed examples: what went in, and what both sides made of it."""

import json
from collections.abc import Mapping, Sequence

from asyncpg import Record
from promptevolver_contracts import comparisons as told
from promptevolver_contracts.comparisons import PREVIEW_CHARS

from promptevolver_history.comparisons.listing import Listed
from promptevolver_history.comparisons.pairs import Pair
from promptevolver_history.comparisons.sheets import Loaded, Sheet
from promptevolver_history.database import Session


async def described(
    session: Session, both: Pair, metric: str, listed: Sequence[Listed]
) -> list[told.ComparedExample]:
    """Bring a page's examples with their outputs."""
    ids = [each.example_id for each in listed]
    outputs = [
        await _outputs(session, each.loaded, ids) for each in (both.baseline, both.candidate)
    ]
    inputs: dict[str, Record] = {}
    # The baseline's version of an example is shown where both have one.
    for side in (both.candidate, both.baseline):
        request = side.loaded.request
        rows = await session.rows(
            "compared_inputs", request.dataset.id, ids, PREVIEW_CHARS, request.project
        )
        inputs |= {row["example_id"]: row for row in rows}
    return [
        told.ComparedExample(
            example_id=each.example_id,
            change=each.change,
            delta=each.delta,
            rank=each.rank,
            edited=each.example_id in both.edited,
            inputs=inputs[each.example_id]["inputs"] or "",
            expected=inputs[each.example_id]["expected"] or "",
            cluster=_cluster(both, each.example_id),
            baseline=_side(both.baseline, each.example_id, metric, outputs[0]),
            candidate=_side(both.candidate, each.example_id, metric, outputs[1]),
        )
        for each in listed
    ]


async def _outputs(session: Session, loaded: Loaded, ids: list[str]) -> dict[str, Record]:
    rows = await session.rows(
        "compared_outputs", loaded.run_id, loaded.candidate_id, ids, PREVIEW_CHARS
    )
    return {row["example_id"]: row for row in rows}


def _side(
    sheet: Sheet, example: str, metric: str, outputs: Mapping[str, Record]
) -> told.ExampleSide | None:
    cell = sheet.cells.get(example)
    if cell is None:
        return None
    output = outputs[example]
    return told.ExampleSide(
        output=output["output"],
        score=cell.means.get(metric),
        scores=json.loads(output["scores"]),
        feedback=output["feedback"],
        repeats=len(cell.answers),
        candidate_faults=cell.faults,
        usd=cell.amounts["usd"],
        latency_ms=cell.amounts["latency_ms"],
    )


def _cluster(both: Pair, example: str) -> str | None:
    for side in (both.baseline, both.candidate):
        place = side.loaded.placed.get(example)
        if place is not None:
            return place.cluster
    return None
