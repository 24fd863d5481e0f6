"""The draft of a dataset as a whole: files into it, splits, what changed, and its quality."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request, Response
from promptevolver_contracts.dataset_library import (
    ASSIGN_SPLITS,
    CHECK_QUALITY,
    RESET_DRAFT,
    UNSEAL_ITEMS,
    AssignSplits,
    Change,
    CheckQuality,
    Dataset,
    Quality,
    ResetDraft,
    UnsealItems,
    UnsealItemsAnswer,
    UploadMode,
    UploadOutcome,
)
from promptevolver_contracts.datasets import Split
from promptevolver_contracts.errors import ErrorCode
from pydantic import TypeAdapter, ValidationError

from promptevolver_gateway.datasets.answers import ChangeList, UploadReport
from promptevolver_gateway.datasets.bodies import ItemsBody, SplitsBody, UnsealBody
from promptevolver_gateway.datasets.faults import Unreadable, as_csv
from promptevolver_gateway.datasets.formats import FileFormat, format_of
from promptevolver_gateway.datasets.spool import spooled
from promptevolver_gateway.datasets.uploads import Upload, Wish
from promptevolver_gateway.etags import IfMatch, etag_of, require_match
from promptevolver_gateway.gateway import PREFIX, Parts
from promptevolver_gateway.problems import Problem, documented
from promptevolver_gateway.routes.dataset_versions import QUALITY_S, changed
from promptevolver_gateway.routes.datasets import (
    CHANGING,
    LISTING,
    READING,
    DatasetPath,
    Reader,
    Writer,
    dataset_of,
)
from promptevolver_gateway.routes.parameters import Cursor, Limit

router = APIRouter(prefix=f"{PREFIX}/datasets/{{dataset_id}}", tags=["datasets"])

_MAPPING: TypeAdapter[dict[str, str | None]] = TypeAdapter(dict[str, str | None])
_LONG_S = 60.0

_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The file itself",
        "content": {
            name: {"schema": {"type": "string", "format": "binary"}}
            for name in ("text/csv", "application/x-ndjson", "application/vnd.apache.parquet")
        }
        | {
            "text/csv": {
                "schema": {"type": "string"},
                "example": "ticket,team,split\nWhere is my parcel?,delivery,train\n",
            }
        },
    }
}
_REPORT: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}}
}


@router.post(
    "/uploads",
    summary="Upload a file into the draft",
    responses=CHANGING | documented(ErrorCode.TOO_LARGE, ErrorCode.NOT_FOUND) | _REPORT,
    response_model=UploadReport,
    openapi_extra=_FILE,
)
async def upload(  # noqa: PLR0913, PLR0917  one parameter of the query each
    dataset_id: DatasetPath,
    caller: Writer,
    gateway: Parts,
    request: Request,
    file_format: Annotated[
        FileFormat | None, Query(alias="format", description="Default: by the content type")
    ] = None,
    mapping: Annotated[
        str | None,
        Query(
            max_length=20_000,
            description="JSON object, part of an item by column: id, split, cluster, expected, "
            "inputs, metadata, inputs.<name>, metadata.<name>, each with `:json` after it for "
            "cells that hold JSON. Left out, it is guessed and told",
        ),
    ] = None,
    delimiter: Annotated[
        Literal[",", ";", "\t", "|"] | None, Query(description="Of CSV; default: by the header")
    ] = None,
    mode: Annotated[
        UploadMode,
        Query(description="`append` refuses ids that the draft has, `replace` empties it first"),
    ] = "append",
    default_split: Annotated[
        Split, Query(description="For rows that say none and are new to the draft")
    ] = "train",
    on_error: Annotated[
        Literal["abort", "skip"], Query(description="What one wrong row does to the others")
    ] = "abort",
    max_rows: Annotated[int | None, Query(ge=1, description="Read no more rows")] = None,
    dry_run: Annotated[bool, Query(description="Store nothing, say what would happen")] = False,  # noqa: FBT002  a query parameter
    content_type: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> UploadReport | Response:
    """Add a CSV, JSONL or Parquet file to the draft: all of its rows, or none.

    Send the file itself as the body, streamed if you like. Rows without an id are named by their
    content. With `Accept: text/csv` the answer is the report of errors as a table.
    """
    await dataset_of(gateway, caller, dataset_id)
    try:
        wish = Wish(
            file_format=format_of(file_format, content_type),
            mapping=_mapping(mapping),
            delimiter=delimiter or _tabs(content_type),
            mode=mode,
            default_split=default_split,
            on_error=on_error,
            max_rows=max_rows,
            dry_run=dry_run,
        )
    except Unreadable as error:
        raise Problem.of_fields([error.fault]) from error
    with gateway.intake.admitted(request, caller) as incoming:
        async with spooled(incoming) as file:
            into = Upload(gateway.bus, caller.project, caller.actor)
            report = await into.run(file, dataset_id, wish)
    if request.headers.get("accept", "").startswith("text/csv"):
        return Response(as_csv(report.errors), media_type="text/csv")
    return report


def _mapping(text: str | None) -> dict[str, str | None] | None:
    if text is None:
        return None
    try:
        return _MAPPING.validate_json(text)
    except ValidationError as error:
        message = 'give a JSON object such as {"question": "inputs.question"}'
        raise Unreadable("mapping", message, "/query/mapping") from error


def _tabs(content_type: str | None) -> str | None:
    return "\t" if (content_type or "").startswith("text/tab-separated-values") else None


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
    change: Annotated[Change | None, Query(description="Of this kind alone")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ChangeList:
    """List what changed in the draft since the latest version."""
    latest = (await dataset_of(gateway, caller, dataset_id)).latest
    before: int | Literal["nothing"] = latest.number if latest else "nothing"
    return await changed(
        gateway, caller, dataset_id, (before, "draft"), change=change, cursor=cursor, limit=limit
    )


@router.get("/draft/quality", summary="Check the draft", responses=READING)
async def quality(dataset_id: DatasetPath, caller: Reader, gateway: Parts) -> Quality:
    """Look for duplicates, leaks between splits, contradictions and outliers."""
    question = CheckQuality(project=caller.project, dataset_id=dataset_id, at="draft")
    return await gateway.bus.ask(CHECK_QUALITY, question, within_s=QUALITY_S)
