"""Operations on datasets versions; made by derive.py from the document."""

from collections.abc import Mapping
from typing import Any, Literal

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call, File, Lines, Listing, path
from promptevolver_client.model import plain


def create_version(
    dataset_id: str,
    body: models.CommitBody | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
) -> Answer[models.DatasetVersion]:
    """Commit the draft.

    Make an immutable version of the draft; its test split is sealed from then on.

    Runs refer to it by `content_id`, or by the dataset's id and the version's number.
    """
    return Answer(
        Call(
            "POST",
            path("/api/v1/datasets/{}/versions", dataset_id),
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.DatasetVersion,
    )


def get_version(dataset_id: str, number: int | str) -> Answer[models.DatasetVersion]:
    """Read a version.

    Give a version.
    """
    return Answer(
        Call("GET", path("/api/v1/datasets/{}/versions/{}", dataset_id, number)),
        models.DatasetVersion,
    )


def get_version_diff(
    dataset_id: str,
    number: int | str,
    other: int | str,
    *,
    change: Literal["added", "removed", "changed", "moved"] | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Listing[models.ChangeList, models.ItemChange]:
    """Compare two versions.

    List what changed from the first version to the other, item by item.
    """
    return Listing(
        Call(
            "GET",
            path("/api/v1/datasets/{}/versions/{}/diff/{}", dataset_id, number, other),
            query={"change": change, "cursor": cursor, "limit": limit},
        ),
        models.ChangeList,
        models.ItemChange,
    )


def version_items(
    dataset_id: str,
    number: int | str,
    *,
    split: Literal["train", "validation", "test"] | None = None,
    cluster: str | None = None,
    text: str | None = None,
    spreadsheet: bool | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Listing[models.ItemList, models.Item]:
    """List a version's items.

    List a version's items in order, those of the test split too: it is sealed for strategies.

    With `Accept: application/x-ndjson` or `text/csv` all of them come as a file that can be
    uploaded again.
    """
    return Listing(
        Call(
            "GET",
            path("/api/v1/datasets/{}/versions/{}/items", dataset_id, number),
            query={
                "split": split,
                "cluster": cluster,
                "text": text,
                "spreadsheet": spreadsheet,
                "cursor": cursor,
                "limit": limit,
            },
        ),
        models.ItemList,
        models.Item,
    )


def stream_version_items(
    dataset_id: str,
    number: int | str,
    *,
    split: Literal["train", "validation", "test"] | None = None,
    cluster: str | None = None,
    text: str | None = None,
    spreadsheet: bool | None = None,
) -> Lines[models.Item]:
    """In one stream, all of them: list a version's items.

    List a version's items in order, those of the test split too: it is sealed for strategies.

    With `Accept: application/x-ndjson` or `text/csv` all of them come as a file that can be
    uploaded again.
    """
    return Lines(
        Call(
            "GET",
            path("/api/v1/datasets/{}/versions/{}/items", dataset_id, number),
            query={"split": split, "cluster": cluster, "text": text, "spreadsheet": spreadsheet},
        ),
        models.Item,
    )


def download_version_items(
    dataset_id: str,
    number: int | str,
    *,
    split: Literal["train", "validation", "test"] | None = None,
    cluster: str | None = None,
    text: str | None = None,
    spreadsheet: bool | None = None,
    accept: Literal["text/csv", "application/x-ndjson"] = "text/csv",
) -> File:
    """As a file, piece by piece: list a version's items.

    List a version's items in order, those of the test split too: it is sealed for strategies.

    With `Accept: application/x-ndjson` or `text/csv` all of them come as a file that can be
    uploaded again.
    """
    return File(
        Call(
            "GET",
            path("/api/v1/datasets/{}/versions/{}/items", dataset_id, number),
            query={"split": split, "cluster": cluster, "text": text, "spreadsheet": spreadsheet},
        ),
        accept,
    )


def version_quality(dataset_id: str, number: int | str) -> Answer[models.Quality]:
    """Check a version.

    Look for duplicates, leaks between splits, contradictions and outliers.
    """
    return Answer(
        Call("GET", path("/api/v1/datasets/{}/versions/{}/quality", dataset_id, number)),
        models.Quality,
    )


def versions(
    dataset_id: str, *, cursor: str | None = None, limit: int | None = None
) -> Listing[models.DatasetVersionList, models.DatasetVersion]:
    """List versions.

    List a dataset's versions, newest first.
    """
    return Listing(
        Call(
            "GET",
            path("/api/v1/datasets/{}/versions", dataset_id),
            query={"cursor": cursor, "limit": limit},
        ),
        models.DatasetVersionList,
        models.DatasetVersion,
    )
