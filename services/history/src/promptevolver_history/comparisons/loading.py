"""Loading compared runs: their requests, and every outcome of the compared candidates."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from asyncpg import Record
from promptevolver_contracts.comparisons import ComparedRun
from promptevolver_contracts.errors import ErrorCode, ErrorInfo, FieldError
from promptevolver_contracts.ids import CandidateId
from promptevolver_contracts.runs import RunRequest
from promptevolver_runtime.rpc import QueryFailed

from promptevolver_history.comparisons.sheets import Loaded, Placed, Row
from promptevolver_history.database import Session


@dataclass(frozen=True, slots=True)
class Found:
    """A run as it was found, with the candidate that is compared."""

    record: Record
    candidate_id: CandidateId | None

    @property
    def outcomes(self) -> int:
        found: int = self.record["outcomes"]
        return found


async def find(session: Session, asked: Sequence[ComparedRun], project: str) -> list[Found]:
    """Find the runs in the order in which they are asked for. Raises QueryFailed `not_found`."""
    rows = await session.rows("compared_runs", sorted({each.run_id for each in asked}), project)
    by_id = {row["run_id"]: row for row in rows}
    for place, each in enumerate(asked, 1):
        if each.run_id not in by_id:
            detail = f"there is no run {each.run_id}"
            raise _refused(ErrorCode.NOT_FOUND, detail, place, "run")
    return [
        Found(by_id[each.run_id], each.candidate_id or by_id[each.run_id]["candidate_id"])
        for each in asked
    ]


async def load(session: Session, found: Sequence[Found], label: str | None = None) -> list[Loaded]:
    """Load what the candidates scored; `label` names a key of the examples' metadata.

    Raises QueryFailed: `not_found` for a candidate that its run does not have, `invalid_request`
    for a key that no example has.
    """
    texts = await _texts(session, found)
    loaded = []
    for place, each in enumerate(found, 1):
        record, candidate = each.record, each.candidate_id
        known = texts.get((record["run_id"], candidate))
        if known is None and candidate not in (None, record["original"]):
            detail = f"run {record['run_id']} has no candidate {candidate}"
            raise _refused(ErrorCode.NOT_FOUND, detail, place, "candidate")
        outcomes = await session.rows("compared_outcomes", record["run_id"], candidate)
        dataset = json.loads(record["request"])["dataset"]["id"]
        ids = sorted({row["example_id"] for row in outcomes})
        examples = await session.rows("compared_examples", dataset, ids, label, record["project"])
        loaded.append(await asyncio.to_thread(_loaded, each, known or {}, outcomes, examples))
    if label is not None:
        await _require_label(session, loaded, label)
    return loaded


async def _require_label(session: Session, loaded: Sequence[Loaded], label: str) -> None:
    placed = [place for each in loaded for place in each.placed.values()]
    if not placed or any(place.label is not None for place in placed):
        return
    datasets = sorted({each.request.dataset.id for each in loaded})
    rows = await session.rows("compared_labels", datasets, loaded[0].request.project)
    known = tuple(row["label"] for row in rows)
    choice = f"there are: {', '.join(known)}" if known else "they have no metadata"
    detail = f"by: no compared example has '{label}' in its metadata; {choice}"
    fault = FieldError(
        pointer="/query/by", message=detail, code="unknown_field", allowed=known or None
    )
    raise QueryFailed(ErrorInfo(code=ErrorCode.INVALID_REQUEST, detail=detail, errors=(fault,)))


async def _texts(
    session: Session, found: Sequence[Found]
) -> dict[tuple[str, CandidateId | None], dict[str, str]]:
    rows = await session.rows(
        "compared_texts",
        [each.record["run_id"] for each in found],
        [each.candidate_id for each in found],
    )
    return {(row["run_id"], row["candidate_id"]): json.loads(row["texts"] or "{}") for row in rows}


def _loaded(
    found: Found, texts: Mapping[str, str], outcomes: Sequence[Record], examples: Sequence[Record]
) -> Loaded:
    record = found.record
    request = RunRequest.model_validate_json(record["request"])
    return Loaded(
        run_id=record["run_id"],
        kind=record["kind"],
        name=record["name"],
        state=record["state"],
        simulated=record["simulated"],
        outcomes=record["outcomes"],
        candidate_id=found.candidate_id,
        request=request,
        program=request.program.with_texts(texts),
        rows=[
            Row(
                example_id=row["example_id"],
                repeat=row["repeat"],
                fault=row["class"] == "candidate_fault",
                score=row["score"],
                scores=row["scores"],
                usd=row["usd"],
                latency_ms=row["latency_ms"],
                tokens=row["tokens"],
                worth_usd=row["worth_usd"],
                worth_tokens=row["worth_tokens"],
            )
            for row in outcomes
        ],
        placed={
            row["example_id"]: Placed(row["split"], row["cluster"], row["content"], row["label"])
            for row in examples
        },
    )


def _refused(code: ErrorCode, detail: str, place: int, what: str) -> QueryFailed:
    pointer = f"/query/{what}{place}" if place <= 2 else f"/query/{what}"
    return QueryFailed(
        ErrorInfo(code=code, detail=detail, errors=(FieldError(pointer=pointer, message=detail),))
    )
