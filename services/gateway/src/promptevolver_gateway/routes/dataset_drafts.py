"""The draft of a dataset as a whole: its splits, what changed, and its quality."""

from typing import Literal

from fastapi import APIRouter, Response
from promptevolver_contracts.dataset_library import (
    ASSIGN_SPLITS,
    CHECK_QUALITY,
    RESET_DRAFT,
    UNSEAL_ITEMS,
    AssignSplits,
    CheckQuality,
    Dataset,
    Quality,
    ResetDraft,
    UnsealItems,
    UnsealItemsAnswer,
    UploadOutcome,
)
from promptevolver_contracts.errors import ErrorCode

from promptevolver_gateway.datasets.answers import ChangeList
from promptevolver_gateway.datasets.bodies import ItemsBody, SplitsBody, UnsealBody
from promptevolver_gateway.datasets.uploads import Upload
from promptevolver_gateway.etags import IfMatch, etag_of, require_match
from promptevolver_gateway.gateway import PREFIX, Parts
from promptevolver_gateway.problems import documented
from promptevolver_gateway.routes.dataset_versions import QUALITY_S, Changes, changed
from promptevolver_gateway.routes.datasets import (
    CHANGING,
    LISTING,
    READING,
    DatasetPath,
    Reader,
    Writer,
    dataset_of,
)

router = APIRouter(prefix=f"{PREFIX}/datasets/{{dataset_id}}", tags=["datasets"])

_LONG_S = 60.0


@router.post(
    "/draft/items",
    summary="Put some draft items",
    responses=CHANGING | documented(ErrorCode.TOO_LARGE),
)
async def put_some(
    dataset_id: DatasetPath, body: ItemsBody, caller: Writer, gateway: Parts
) -> UploadOutcome:
    """Add items to the draft or replace them: all of them, or none."""
    return await Upload(gateway.bus, caller.project, caller.actor).put(
        dataset_id, body.items, body.mode
    )


@router.delete("/draft", summary="Reset the draft", responses=CHANGING)
async def reset(
    dataset_id: DatasetPath,
    caller: Writer,
    gateway: Parts,
    response: Response,
    if_match: IfMatch = None,
) -> Dataset:
    """Make the draft equal to the latest version again; without any, empty.

    `If-Match` takes the dataset's ETag.
    """
    seen = None
    if if_match is not None:
        known = await dataset_of(gateway, caller, dataset_id)
        require_match(if_match, etag_of(known))
        seen = known.revision
    question = ResetDraft(project=caller.project, dataset_id=dataset_id, by=caller.actor, seen=seen)
    dataset = await gateway.bus.ask(RESET_DRAFT, question, within_s=_LONG_S)
    response.headers["ETag"] = etag_of(dataset)
    return dataset


@router.post("/draft/splits", summary="Divide the draft", responses=CHANGING)
async def splits(
    dataset_id: DatasetPath, body: SplitsBody, caller: Writer, gateway: Parts
) -> Dataset:
    """Assign train, validation and test anew.

    Equal ids and seed give equal splits. Sealed items stay in the test split, and count for it.
    """
    question = AssignSplits(
        project=caller.project, dataset_id=dataset_id, by=caller.actor, **body.model_dump()
    )
    return await gateway.bus.ask(ASSIGN_SPLITS, question, within_s=_LONG_S)


@router.post("/draft/unseal", summary="Unseal test items", responses=CHANGING)
async def unseal(
    dataset_id: DatasetPath, body: UnsealBody, caller: Writer, gateway: Parts
) -> UnsealItemsAnswer:
    """Let items leave the test split that were in it in a version; kept in the audit log.

    Whatever was tuned on such an item is no longer examined by it.
    """
    question = UnsealItems(
        project=caller.project,
        dataset_id=dataset_id,
        by=caller.actor,
        example_ids=body.item_ids,
        reason=body.reason,
    )
    return await gateway.bus.ask(UNSEAL_ITEMS, question)


@router.get("/draft/diff", summary="Compare the draft", responses=LISTING)
async def diff(
    dataset_id: DatasetPath,
    caller: Reader,
    gateway: Parts,
    wanted: Changes,
) -> ChangeList:
    """List what changed in the draft since the latest version."""
    latest = (await dataset_of(gateway, caller, dataset_id)).latest
    before: int | Literal["nothing"] = latest.number if latest else "nothing"
    return await changed(gateway, caller, dataset_id, (before, "draft"), wanted)


@router.get("/draft/quality", summary="Check the draft", responses=READING)
async def quality(dataset_id: DatasetPath, caller: Reader, gateway: Parts) -> Quality:
    """Look for duplicates, leaks between splits, contradictions and outliers."""
    question = CheckQuality(project=caller.project, dataset_id=dataset_id, at="draft")
    return await gateway.bus.ask(CHECK_QUALITY, question, within_s=QUALITY_S)
