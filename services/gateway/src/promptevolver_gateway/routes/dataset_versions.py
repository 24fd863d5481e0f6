"""Versions of a dataset."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from promptevolver_contracts.dataset_library import (
    CHECK_QUALITY,
    COMMIT_DRAFT,
    COMPARE_VERSIONS,
    LIST_DATASET_VERSIONS,
    READ_DATASET_VERSION,
    At,
    Change,
    CheckQuality,
    CommitDraft,
    CompareVersions,
    DatasetVersion,
    ListDatasetVersions,
    Quality,
    ReadDatasetVersion,
)
from promptevolver_contracts.errors import ErrorCode
from pydantic import TypeAdapter
from starlette.responses import StreamingResponse

from promptevolver_gateway import cursors
from promptevolver_gateway.answers import Page
from promptevolver_gateway.datasets.answers import ChangeList, DatasetVersionList, ItemList
from promptevolver_gateway.datasets.bodies import CommitBody
from promptevolver_gateway.datasets.validity import require_valid_draft
from promptevolver_gateway.etags import answered, etag_of
from promptevolver_gateway.gateway import PREFIX, Gateway, Parts
from promptevolver_gateway.identity import Identity
from promptevolver_gateway.problems import documented
from promptevolver_gateway.routes.datasets import (
    LISTING,
    READING,
    DatasetPath,
    Reader,
    Writer,
    dataset_of,
)
from promptevolver_gateway.routes.item_lists import FILES, Parameters, listed
from promptevolver_gateway.routes.parameters import Cursor, Limit

router = APIRouter(prefix=f"{PREFIX}/datasets/{{dataset_id}}/versions", tags=["datasets"])

Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="Number of the version")]
_COMMITTING_S = 300.0
QUALITY_S = 60.0
_COMPARING_S = 30.0
_NUMBER = TypeAdapter(tuple[int])
_ID = TypeAdapter(tuple[str])


@router.post(
    "",
    status_code=201,
    summary="Commit the draft",
    responses=documented(ErrorCode.NOT_FOUND, ErrorCode.CONFLICT, ErrorCode.PRECONDITION_FAILED),
)
async def commit(
    dataset_id: DatasetPath, body: CommitBody, caller: Writer, gateway: Parts, response: Response
) -> DatasetVersion:
    """Make an immutable version of the draft; its test split is sealed from then on.

    Runs refer to it by `content_id`, or by the dataset's id and the version's number.
    """
    dataset = await dataset_of(gateway, caller, dataset_id)
    await require_valid_draft(gateway.bus, dataset, caller.project)
    checked = dataset.input_schema is not None or dataset.expected_schema is not None
    question = CommitDraft(
        project=caller.project,
        dataset_id=dataset_id,
        by=caller.actor,
        note=body.note,
        expected_version=body.expected_version,
        seen=dataset.revision if checked else None,
    )
    version = await gateway.bus.ask(COMMIT_DRAFT, question, within_s=_COMMITTING_S)
    place = f"{PREFIX}/datasets/{dataset_id}/versions/{version.number}"
    response.headers["Location"] = place
    response.headers["ETag"] = etag_of(version)
    return version


@router.get("", summary="List versions", responses=LISTING)
async def versions(
    dataset_id: DatasetPath,
    caller: Reader,
    gateway: Parts,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> DatasetVersionList:
    """List a dataset's versions, newest first."""
    filters = {"list": "dataset_versions", "dataset_id": dataset_id}
    page = await gateway.bus.ask(
        LIST_DATASET_VERSIONS,
        ListDatasetVersions(
            project=caller.project,
            dataset_id=dataset_id,
            before=cursors.decode(cursor, filters, _NUMBER)[0] if cursor else None,
            limit=limit,
        ),
    )
    following = cursors.encode([page.versions[-1].number], filters) if page.more else None
    return DatasetVersionList(data=page.versions, page=Page(next_cursor=following, limit=limit))


@router.get("/{number}", summary="Read a version", responses=READING, response_model=DatasetVersion)
async def read(
    dataset_id: DatasetPath,
    number: Number,
    caller: Reader,
    gateway: Parts,
    request: Request,
    response: Response,
) -> DatasetVersion | Response:
    """Give a version."""
    question = ReadDatasetVersion(project=caller.project, dataset_id=dataset_id, number=number)
    return answered(request, response, await gateway.bus.ask(READ_DATASET_VERSION, question))


@router.get(
    "/{number}/items",
    summary="List a version's items",
    responses=LISTING | FILES,
    response_model=ItemList,
)
async def items(
    dataset_id: DatasetPath,
    number: Number,
    caller: Reader,
    gateway: Parts,
    request: Request,
    wanted: Parameters,
) -> ItemList | StreamingResponse:
    """List a version's items in order, those of the test split too: it is sealed for strategies.

    With `Accept: application/x-ndjson` or `text/csv` all of them come as a file that can be
    uploaded again.
    """
    question = wanted.of(caller.project, dataset_id, number)
    return await listed(gateway, request, question, wanted)


@dataclass(frozen=True, slots=True)
class ChangeParameters:
    """The query parameters that every list of changed items takes."""

    change: Annotated[Change | None, Query(description="Of this kind alone")] = None
    cursor: Cursor = None
    limit: Limit = 50


Changes = Annotated[ChangeParameters, Depends()]


@router.get("/{number}/diff/{other}", summary="Compare two versions", responses=LISTING)
async def diff(
    dataset_id: DatasetPath,
    number: Number,
    other: Annotated[int, Path(ge=1, le=2**31 - 1, description="The version to compare with")],
    caller: Reader,
    gateway: Parts,
    wanted: Changes,
) -> ChangeList:
    """List what changed from the first version to the other, item by item."""
    return await changed(gateway, caller, dataset_id, (number, other), wanted)


async def changed(
    gateway: Gateway,
    caller: Identity,
    dataset_id: str,
    states: tuple[At | Literal["nothing"], At],
    wanted: ChangeParameters,
) -> ChangeList:
    """Answer a page of what changed from one state to the other."""
    filters = {
        "list": "diff",
        "dataset_id": dataset_id,
        "states": list(states),
        "change": wanted.change,
    }
    page = await gateway.bus.ask(
        COMPARE_VERSIONS,
        CompareVersions(
            project=caller.project,
            dataset_id=dataset_id,
            before=states[0],
            after=states[1],
            change=wanted.change,
            start=cursors.decode(wanted.cursor, filters, _ID)[0] if wanted.cursor else "",
            limit=wanted.limit,
        ),
        within_s=_COMPARING_S,
    )
    following = cursors.encode([page.items[-1].item_id], filters) if page.more else None
    return ChangeList(
        counts=page.counts, data=page.items, page=Page(next_cursor=following, limit=wanted.limit)
    )


@router.get("/{number}/quality", summary="Check a version", responses=READING)
async def quality(
    dataset_id: DatasetPath, number: Number, caller: Reader, gateway: Parts
) -> Quality:
    """Look for duplicates, leaks between splits, contradictions and outliers."""
    question = CheckQuality(project=caller.project, dataset_id=dataset_id, at=number)
    return await gateway.bus.ask(CHECK_QUALITY, question, within_s=QUALITY_S)
