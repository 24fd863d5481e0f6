"""Named datasets."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from promptevolver_contracts.dataset_library import (
    ARCHIVE_DATASET,
    CHANGE_DATASET,
    CREATE_DATASET,
    LIST_DATASETS,
    READ_DATASET,
    ArchiveDataset,
    ChangeDataset,
    CreateDataset,
    Dataset,
    ListDatasets,
    ReadDataset,
)
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.ids import new_id
from pydantic import TypeAdapter

from promptevolver_gateway import cursors
from promptevolver_gateway.answers import Page
from promptevolver_gateway.datasets import too_large
from promptevolver_gateway.datasets.answers import DatasetList
from promptevolver_gateway.datasets.bodies import DatasetChangesBody, NamedDatasetBody
from promptevolver_gateway.datasets.validity import schema_errors
from promptevolver_gateway.etags import IfMatch, answered, etag_of, require_match
from promptevolver_gateway.gateway import PREFIX, Gateway, Parts
from promptevolver_gateway.identity import Identity, allowed
from promptevolver_gateway.problems import Problem, documented
from promptevolver_gateway.routes.parameters import Cursor, Limit
from promptevolver_gateway.schemas import RUN_ID

router = APIRouter(prefix=f"{PREFIX}/datasets", tags=["datasets"])

DatasetPath = Annotated[str, Path(pattern=RUN_ID, description="Id of the dataset")]
Reader = Annotated[Identity, allowed("data:read")]
Writer = Annotated[Identity, allowed("data:write")]
Text = Annotated[
    str | None, Query(max_length=200, pattern=r"^[^\x00]*$", description="Part of it, in any case")
]

READING = documented(ErrorCode.NOT_FOUND)
LISTING = documented(ErrorCode.NOT_FOUND, ErrorCode.CURSOR_FILTER_MISMATCH)
CHANGING = documented(ErrorCode.NOT_FOUND, ErrorCode.CONFLICT, ErrorCode.PRECONDITION_FAILED)

_DESCRIPTION_BYTES = 64_000
_ID = TypeAdapter(tuple[str])


@router.post(
    "",
    status_code=201,
    summary="Make a dataset",
    responses=documented(ErrorCode.CONFLICT, ErrorCode.TOO_LARGE),
)
async def create(
    body: NamedDatasetBody, caller: Writer, gateway: Parts, response: Response
) -> Dataset:
    """Make a dataset with an empty draft; fill the draft, then commit it as a version."""
    _check(body)
    dataset = await gateway.bus.ask(
        CREATE_DATASET,
        CreateDataset(
            project=caller.project, dataset_id=new_id(), by=caller.actor, **body.model_dump()
        ),
    )
    response.headers["Location"] = f"{PREFIX}/datasets/{dataset.dataset_id}"
    response.headers["ETag"] = etag_of(dataset)
    return dataset


@router.get("", summary="List datasets", responses=documented(ErrorCode.CURSOR_FILTER_MISMATCH))
async def datasets(
    caller: Reader,
    gateway: Parts,
    name: Text = None,
    archived: Annotated[bool, Query(description="The archived ones instead")] = False,  # noqa: FBT002  a query parameter
    cursor: Cursor = None,
    limit: Limit = 50,
) -> DatasetList:
    """List datasets, newest first."""
    filters = {"list": "datasets", "name": name, "archived": archived}
    page = await gateway.bus.ask(
        LIST_DATASETS,
        ListDatasets(
            project=caller.project,
            text=name,
            archived=archived,
            before=cursors.decode(cursor, filters, _ID)[0] if cursor else None,
            limit=limit,
        ),
    )
    following = None
    if page.more and page.datasets:
        following = cursors.encode([page.datasets[-1].dataset_id], filters)
    return DatasetList(data=page.datasets, page=Page(next_cursor=following, limit=limit))


@router.get("/{dataset_id}", summary="Read a dataset", responses=READING, response_model=Dataset)
async def read(
    dataset_id: DatasetPath, caller: Reader, gateway: Parts, request: Request, response: Response
) -> Dataset | Response:
    """Give a dataset with the sizes of its draft and its latest version."""
    return answered(request, response, await dataset_of(gateway, caller, dataset_id))


@router.patch("/{dataset_id}", summary="Change a dataset", responses=CHANGING)
async def change(
    dataset_id: DatasetPath,
    body: DatasetChangesBody,
    caller: Writer,
    gateway: Parts,
    response: Response,
    if_match: IfMatch = None,
) -> Dataset:
    """Change name, description, metadata or schemas. Schemas hold for what comes from now on."""
    known = await dataset_of(gateway, caller, dataset_id)
    require_match(if_match, etag_of(known))
    changes = _changes(body)
    described = {name: getattr(known, name) for name in NamedDatasetBody.model_fields}
    wanted = NamedDatasetBody.model_validate(described | changes)
    _check(wanted)
    dataset = await gateway.bus.ask(
        CHANGE_DATASET,
        ChangeDataset(
            project=caller.project,
            dataset_id=dataset_id,
            by=caller.actor,
            seen=known.revision,
            **wanted.model_dump(),
        ),
    )
    response.headers["ETag"] = etag_of(dataset)
    return dataset


@router.delete("/{dataset_id}", summary="Archive a dataset", responses=CHANGING)
async def archive(
    dataset_id: DatasetPath, caller: Writer, gateway: Parts, if_match: IfMatch = None
) -> Dataset:
    """Put a dataset away: it takes no more changes and leaves the list. Its versions stay."""
    known = await dataset_of(gateway, caller, dataset_id)
    require_match(if_match, etag_of(known))
    return await gateway.bus.ask(
        ARCHIVE_DATASET,
        ArchiveDataset(
            project=caller.project,
            dataset_id=dataset_id,
            by=caller.actor,
            seen=known.revision if if_match else None,
        ),
    )


async def dataset_of(gateway: Gateway, caller: Identity, dataset_id: str) -> Dataset:
    """Give a dataset of the caller's project. Raises QueryFailed `not_found`."""
    question = ReadDataset(project=caller.project, dataset_id=dataset_id)
    return await gateway.bus.ask(READ_DATASET, question)


def _changes(body: DatasetChangesBody) -> dict[str, Any]:
    clearable = {"input_schema", "expected_schema"}
    return {
        name: value
        for name in body.model_fields_set
        if (value := getattr(body, name)) is not None or name in clearable
    }


def _check(body: NamedDatasetBody) -> None:
    size = len(body.model_dump_json())
    if size > _DESCRIPTION_BYTES:
        raise too_large("", size, _DESCRIPTION_BYTES)
    if faults := [
        *schema_errors(body.input_schema, "/input_schema"),
        *schema_errors(body.expected_schema, "/expected_schema"),
    ]:
        raise Problem.of_fields(faults)
