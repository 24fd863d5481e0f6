"""Operations on datasets; made by derive.py from the document."""

from collections.abc import Mapping
from typing import Any, Literal

from promptevolver_client import models
from promptevolver_client.calls import Answer, AsyncContent, Call, Listing, path
from promptevolver_client.model import plain


def create(
    body: models.NamedDatasetBody | Mapping[str, Any], *, idempotency_key: str | None = None
) -> Answer[models.Dataset]:
    """Make a dataset.

    Make a dataset with an empty draft; fill the draft, then commit it as a version.
    """
    return Answer(
        Call(
            "POST",
            "/api/v1/datasets",
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.Dataset,
    )


def create_upload(
    dataset_id: str,
    content: AsyncContent,
    *,
    content_type: Literal["text/csv", "application/x-ndjson", "application/vnd.apache.parquet"],
    format: Literal["csv", "jsonl", "parquet"] | None = None,
    mapping: str | None = None,
    delimiter: Literal[",", ";", "\t", "|"] | None = None,
    mode: Literal["append", "replace", "upsert"] | None = None,
    default_split: Literal["train", "validation", "test"] | None = None,
    on_error: Literal["abort", "skip"] | None = None,
    max_rows: int | None = None,
    dry_run: bool | None = None,
    idempotency_key: str | None = None,
) -> Answer[models.UploadReport]:
    """Upload a file into the draft.

    Add a CSV, JSONL or Parquet file to the draft: all of its rows, or none.

    Send the file itself as the body, streamed if you like. Rows without an id are named by their
    content. With `Accept: text/csv` the answer is the report of errors as a table.
    """
    return Answer(
        Call(
            "POST",
            path("/api/v1/datasets/{}/uploads", dataset_id),
            query={
                "format": format,
                "mapping": mapping,
                "delimiter": delimiter,
                "mode": mode,
                "default_split": default_split,
                "on_error": on_error,
                "max_rows": max_rows,
                "dry_run": dry_run,
            },
            content=content,
            headers={"idempotency-key": idempotency_key, "Content-Type": content_type},
        ),
        models.UploadReport,
    )


def delete(dataset_id: str, *, if_match: str | None = None) -> Answer[models.Dataset]:
    """Archive a dataset.

    Put a dataset away: it takes no more changes and leaves the list. Its versions stay.
    """
    return Answer(
        Call("DELETE", path("/api/v1/datasets/{}", dataset_id), headers={"if-match": if_match}),
        models.Dataset,
    )


def get(dataset_id: str) -> Answer[models.Dataset]:
    """Read a dataset.

    Give a dataset with the sizes of its draft and its latest version.
    """
    return Answer(Call("GET", path("/api/v1/datasets/{}", dataset_id)), models.Dataset)


def list(
    *,
    name: str | None = None,
    archived: bool | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Listing[models.DatasetList, models.Dataset]:
    """List datasets.

    List datasets, newest first.
    """
    return Listing(
        Call(
            "GET",
            "/api/v1/datasets",
            query={"name": name, "archived": archived, "cursor": cursor, "limit": limit},
        ),
        models.DatasetList,
        models.Dataset,
    )


def update(
    dataset_id: str,
    body: models.DatasetChangesBody | Mapping[str, Any],
    *,
    if_match: str | None = None,
) -> Answer[models.Dataset]:
    """Change a dataset.

    Change name, description, metadata or schemas. Schemas hold for what comes from now on.
    """
    return Answer(
        Call(
            "PATCH",
            path("/api/v1/datasets/{}", dataset_id),
            json=plain(body),
            headers={"if-match": if_match},
        ),
        models.Dataset,
    )
