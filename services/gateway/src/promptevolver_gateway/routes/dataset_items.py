"""Items of a dataset's draft."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request, Response
from promptevolver_contracts.base import digest
from promptevolver_contracts.dataset_library import (
    DELETE_ITEM,
    PUT_ITEM,
    READ_ITEM,
    At,
    Dataset,
    DeleteItem,
    DraftExample,
    Item,
    PutItem,
    ReadItem,
)
from promptevolver_contracts.errors import ErrorCode
from promptevolver_runtime.rpc import QueryFailed
from starlette.responses import StreamingResponse

from promptevolver_gateway.datasets.answers import ItemList
from promptevolver_gateway.datasets.bodies import ItemBody, ItemChangesBody
from promptevolver_gateway.datasets.storable import require_storable_item
from promptevolver_gateway.datasets.validity import Validity
from promptevolver_gateway.etags import IfMatch, answered, etag_of, require_match
from promptevolver_gateway.gateway import PREFIX, Gateway, Parts
from promptevolver_gateway.identity import Identity
from promptevolver_gateway.problems import Problem, documented
from promptevolver_gateway.routes.datasets import (
    CHANGING,
    LISTING,
    READING,
    DatasetPath,
    Reader,
    Writer,
    dataset_of,
)
from promptevolver_gateway.routes.item_lists import FILES, Parameters, listed

router = APIRouter(prefix=f"{PREFIX}/datasets/{{dataset_id}}/draft/items", tags=["datasets"])

ItemPath = Annotated[
    str,
    Path(min_length=1, max_length=200, pattern=r"^[^\x00]+$", description="Id of the item"),
]


@router.get("", summary="List draft items", responses=LISTING | FILES, response_model=ItemList)
async def items(
    dataset_id: DatasetPath,
    caller: Reader,
    gateway: Parts,
    request: Request,
    wanted: Parameters,
) -> ItemList | StreamingResponse:
    """List the draft's items in order.

    With `Accept: application/x-ndjson` or `text/csv` all of them come as a file that can be
    uploaded again.
    """
    question = wanted.of(caller.project, dataset_id, "draft")
    return await listed(gateway, request, question, wanted)


@router.get("/{item_id:path}", summary="Read a draft item", responses=READING, response_model=Item)
async def read(
    dataset_id: DatasetPath,
    item_id: ItemPath,
    caller: Reader,
    gateway: Parts,
    request: Request,
    response: Response,
) -> Item | Response:
    """Give an item of the draft."""
    item = await item_of(gateway, caller, dataset_id, "draft", item_id)
    return answered(request, response, item)


@router.put(
    "/{item_id:path}",
    summary="Put a draft item",
    responses=CHANGING | documented(ErrorCode.TOO_LARGE) | {201: {"model": Item}},
)
async def put(
    dataset_id: DatasetPath,
    item_id: ItemPath,
    body: ItemBody,
    caller: Writer,
    gateway: Parts,
    response: Response,
    if_match: IfMatch = None,
) -> Item:
    """Add an item to the draft, or replace the one with this id."""
    known = None
    if if_match is not None:
        known = await _known(gateway, caller, dataset_id, item_id)
        if known is None:
            detail = f"there is no item {item_id!r} any more; leave out If-Match to add it"
            raise Problem(ErrorCode.PRECONDITION_FAILED, detail)
        require_match(if_match, etag_of(known))
    example = DraftExample(id=item_id, **body.model_dump())
    return await _put(gateway, caller, response, dataset_id, example, known)


@router.patch(
    "/{item_id:path}",
    summary="Change a draft item",
    responses=CHANGING | documented(ErrorCode.TOO_LARGE),
)
async def change(
    dataset_id: DatasetPath,
    item_id: ItemPath,
    body: ItemChangesBody,
    caller: Writer,
    gateway: Parts,
    response: Response,
    if_match: IfMatch = None,
) -> Item:
    """Change parts of an item. A null takes `expected` and `cluster` away."""
    known = await item_of(gateway, caller, dataset_id, "draft", item_id)
    require_match(if_match, etag_of(known))
    clearable = {"expected", "cluster"}
    changes = {
        name: value
        for name in body.model_fields_set
        if (value := getattr(body, name)) is not None or name in clearable
    }
    described = {name: getattr(known, name) for name in DraftExample.model_fields}
    example = DraftExample.model_validate(described | changes)
    return await _put(gateway, caller, response, dataset_id, example, known)


@router.delete("/{item_id:path}", summary="Take out a draft item", responses=CHANGING)
async def delete(
    dataset_id: DatasetPath,
    item_id: ItemPath,
    caller: Writer,
    gateway: Parts,
    if_match: IfMatch = None,
) -> Dataset:
    """Take an item out of the draft; versions that have it keep it."""
    seen = None
    if if_match is not None:
        known = await item_of(gateway, caller, dataset_id, "draft", item_id)
        require_match(if_match, etag_of(known))
        seen = digest(known)
    question = DeleteItem(
        project=caller.project,
        dataset_id=dataset_id,
        by=caller.actor,
        example_id=item_id,
        seen=seen,
    )
    return await gateway.bus.ask(DELETE_ITEM, question)


async def item_of(
    gateway: Gateway,
    caller: Identity,
    dataset_id: str,
    at: At | Literal["draft"],
    item_id: str,
) -> Item:
    """Give an item of a draft or version. Raises QueryFailed `not_found`."""
    question = ReadItem(project=caller.project, dataset_id=dataset_id, at=at, example_id=item_id)
    return await gateway.bus.ask(READ_ITEM, question)


async def _known(gateway: Gateway, caller: Identity, dataset_id: str, item_id: str) -> Item | None:
    try:
        return await item_of(gateway, caller, dataset_id, "draft", item_id)
    except QueryFailed as error:
        if error.info.code != ErrorCode.NOT_FOUND:
            raise
        await dataset_of(gateway, caller, dataset_id)
        return None


async def _put(
    gateway: Gateway,
    caller: Identity,
    response: Response,
    dataset_id: str,
    example: DraftExample,
    known: Item | None,
) -> Item:
    dataset = await dataset_of(gateway, caller, dataset_id)
    require_storable_item(example)
    validity = Validity(dataset.input_schema, dataset.expected_schema)
    if faults := await asyncio.to_thread(lambda: list(validity.errors(example))):
        raise Problem.of_fields(faults)
    answer = await gateway.bus.ask(
        PUT_ITEM,
        PutItem(
            project=caller.project,
            dataset_id=dataset_id,
            by=caller.actor,
            example=example,
            seen=None if known is None else digest(known),
        ),
    )
    response.status_code = 201 if answer.created else 200
    response.headers["ETag"] = etag_of(answer.item)
    return answer.item
