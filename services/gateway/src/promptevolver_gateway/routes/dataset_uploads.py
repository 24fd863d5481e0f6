"""Files into the draft of a dataset."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from promptevolver_contracts.dataset_library import UploadMode
from promptevolver_contracts.datasets import Split
from promptevolver_contracts.errors import ErrorCode
from pydantic import TypeAdapter, ValidationError

from promptevolver_gateway.datasets.answers import UploadReport
from promptevolver_gateway.datasets.faults import Unreadable, as_csv
from promptevolver_gateway.datasets.formats import FileFormat, format_of
from promptevolver_gateway.datasets.spool import spooled
from promptevolver_gateway.datasets.uploads import Upload, Wish
from promptevolver_gateway.gateway import PREFIX, Parts
from promptevolver_gateway.problems import Problem, documented
from promptevolver_gateway.routes.datasets import CHANGING, DatasetPath, Writer, dataset_of

router = APIRouter(prefix=f"{PREFIX}/datasets/{{dataset_id}}/uploads", tags=["datasets"])

_MAPPING: TypeAdapter[dict[str, str | None]] = TypeAdapter(dict[str, str | None])
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


@dataclass(frozen=True, slots=True)
class UploadParameters:
    """The query parameters of an upload."""

    file_format: Annotated[
        FileFormat | None, Query(alias="format", description="Default: by the content type")
    ] = None
    mapping: Annotated[
        str | None,
        Query(
            max_length=20_000,
            description="JSON object, part of an item by column: id, split, cluster, expected, "
            "inputs, metadata, inputs.<name>, expected.<name>, metadata.<name>, each with `:json` "
            "after it for cells that hold JSON. Left out, it is guessed and told",
        ),
    ] = None
    delimiter: Annotated[
        Literal[",", ";", "\t", "|"] | None, Query(description="Of CSV; default: by the header")
    ] = None
    mode: Annotated[
        UploadMode,
        Query(description="`append` refuses ids that the draft has, `replace` empties it first"),
    ] = "append"
    default_split: Annotated[
        Split, Query(description="For rows that say none and are new to the draft")
    ] = "train"
    on_error: Annotated[
        Literal["abort", "skip"], Query(description="What one wrong row does to the others")
    ] = "abort"
    max_rows: Annotated[int | None, Query(ge=1, description="Read no more rows")] = None
    dry_run: Annotated[bool, Query(description="Store nothing, say what would happen")] = False

    def wish(self, content_type: str | None) -> Wish:
        """Read them for a file of some media type. Raises Problem."""
        try:
            return Wish(
                file_format=format_of(self.file_format, content_type),
                mapping=_mapping(self.mapping),
                delimiter=self.delimiter or _tabs(content_type),
                mode=self.mode,
                default_split=self.default_split,
                on_error=self.on_error,
                max_rows=self.max_rows,
                dry_run=self.dry_run,
            )
        except Unreadable as error:
            raise Problem.of_fields([error.fault]) from error


@router.post(
    "",
    summary="Upload a file into the draft",
    responses=CHANGING | documented(ErrorCode.TOO_LARGE, ErrorCode.NOT_FOUND) | _REPORT,
    response_model=UploadReport,
    openapi_extra=_FILE,
)
async def upload(
    dataset_id: DatasetPath,
    caller: Writer,
    gateway: Parts,
    request: Request,
    wanted: Annotated[UploadParameters, Depends()],
) -> UploadReport | Response:
    """Add a CSV, JSONL or Parquet file to the draft: all of its rows, or none.

    Send the file itself as the body, streamed if you like. Rows without an id are named by their
    content. With `Accept: text/csv` the answer is the report of errors as a table.
    """
    await dataset_of(gateway, caller, dataset_id)
    wish = wanted.wish(request.headers.get("content-type"))
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
