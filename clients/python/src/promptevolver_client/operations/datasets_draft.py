"""Operations on datasets draft; made by derive.py from the document."""

from collections.abc import Mapping
from typing import Any, Literal

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call, File, Lines, Listing, path
from promptevolver_client.model import plain


def create_draft_item(
    dataset_id: str,
    body: models.ItemsBody | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
) -> Answer[models.UploadOutcome]:
    """Put some draft items.

    Add items to the draft or replace them: all of them, or none.
    """
    return Answer(
        Call(
            "POST",
            path("/api/v1/datasets/{}/draft/items", dataset_id),
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.UploadOutcome,
    )


def create_draft_split(
    dataset_id: str,
    body: models.SplitsBody | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
) -> Answer[models.Dataset]:
    """Divide the draft.

    Assign train, validation and test anew.

    Equal ids and seed give equal splits. Sealed items stay in the test split, and count for it.
    """
    return Answer(
        Call(
            "POST",
            path("/api/v1/datasets/{}/draft/splits", dataset_id),
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.Dataset,
    )


def delete_draft(dataset_id: str, *, if_match: str | None = None) -> Answer[models.Dataset]:
    """Reset the draft.

    Make the draft equal to the latest version again; without any, empty.

    `If-Match` takes the dataset's ETag.
    """
    return Answer(
        Call(
            "DELETE", path("/api/v1/datasets/{}/draft", dataset_id), headers={"if-match": if_match}
        ),
        models.Dataset,
    )


def delete_draft_item(
    dataset_id: str, item_id: str, *, if_match: str | None = None
) -> Answer[models.Dataset]:
    """Take out a draft item.

    Take an item out of the draft; versions that have it keep it.
    """
    return Answer(
        Call(
            "DELETE",
            path("/api/v1/datasets/{}/draft/items/{}", dataset_id, item_id),
            headers={"if-match": if_match},
        ),
        models.Dataset,
    )


def draft_diff(
    dataset_id: str,
    *,
    change: Literal["added", "removed", "changed", "moved"] | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Listing[models.ChangeList, models.ItemChange]:
    """Compare the draft.

    List what changed in the draft since the latest version.
    """
    return Listing(
        Call(
            "GET",
            path("/api/v1/datasets/{}/draft/diff", dataset_id),
            query={"change": change, "cursor": cursor, "limit": limit},
        ),
        models.ChangeList,
        models.ItemChange,
    )


def draft_items(
    dataset_id: str,
    *,
    split: Literal["train", "validation", "test"] | None = None,
    cluster: str | None = None,
    text: str | None = None,
    spreadsheet: bool | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Listing[models.ItemList, models.Item]:
    """List draft items.

    List the draft's items in order.

    With `Accept: application/x-ndjson` or `text/csv` all of them come as a file that can be
    uploaded again.
    """
    return Listing(
        Call(
            "GET",
            path("/api/v1/datasets/{}/draft/items", dataset_id),
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


def stream_draft_items(
    dataset_id: str,
    *,
    split: Literal["train", "validation", "test"] | None = None,
    cluster: str | None = None,
    text: str | None = None,
    spreadsheet: bool | None = None,
) -> Lines[models.Item]:
    """In one stream, all of them: list draft items.

    List the draft's items in order.

    With `Accept: application/x-ndjson` or `text/csv` all of them come as a file that can be
    uploaded again.
    """
    return Lines(
        Call(
            "GET",
            path("/api/v1/datasets/{}/draft/items", dataset_id),
            query={"split": split, "cluster": cluster, "text": text, "spreadsheet": spreadsheet},
        ),
        models.Item,
    )


def download_draft_items(
    dataset_id: str,
    *,
    split: Literal["train", "validation", "test"] | None = None,
    cluster: str | None = None,
    text: str | None = None,
    spreadsheet: bool | None = None,
    accept: Literal["text/csv", "application/x-ndjson"] = "text/csv",
) -> File:
    """As a file, piece by piece: list draft items.

    List the draft's items in order.

    With `Accept: application/x-ndjson` or `text/csv` all of them come as a file that can be
    uploaded again.
    """
    return File(
        Call(
            "GET",
            path("/api/v1/datasets/{}/draft/items", dataset_id),
            query={"split": split, "cluster": cluster, "text": text, "spreadsheet": spreadsheet},
        ),
        accept,
    )


def draft_quality(dataset_id: str) -> Answer[models.Quality]:
    """Check the draft.

    Look for duplicates, leaks between splits, contradictions and outliers.
    """
    return Answer(
        Call("GET", path("/api/v1/datasets/{}/draft/quality", dataset_id)), models.Quality
    )


def draft_unseal(
    dataset_id: str,
    body: models.UnsealBody | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
) -> Answer[models.UnsealItemsAnswer]:
    """Unseal test items.

    Let items leave the test split that were in it in a version; kept in the audit log.

    Whatever was tuned on such an item is no longer examined by it.
    """
    return Answer(
        Call(
            "POST",
            path("/api/v1/datasets/{}/draft/unseal", dataset_id),
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.UnsealItemsAnswer,
    )


def get_draft_item(dataset_id: str, item_id: str) -> Answer[models.Item]:
    """Read a draft item.

    Give an item of the draft.
    """
    return Answer(
        Call("GET", path("/api/v1/datasets/{}/draft/items/{}", dataset_id, item_id)), models.Item
    )


def put_draft_item(
    dataset_id: str,
    item_id: str,
    body: models.ItemBody | Mapping[str, Any],
    *,
    if_match: str | None = None,
) -> Answer[models.Item]:
    """Put a draft item.

    Add an item to the draft, or replace the one with this id.
    """
    return Answer(
        Call(
            "PUT",
            path("/api/v1/datasets/{}/draft/items/{}", dataset_id, item_id),
            json=plain(body),
            headers={"if-match": if_match},
        ),
        models.Item,
    )


def update_draft_item(
    dataset_id: str,
    item_id: str,
    body: models.ItemChangesBody | Mapping[str, Any],
    *,
    if_match: str | None = None,
) -> Answer[models.Item]:
    """Change a draft item.

    Change parts of an item. A null takes `expected` and `cluster` away.
    """
    return Answer(
        Call(
            "PATCH",
            path("/api/v1/datasets/{}/draft/items/{}", dataset_id, item_id),
            json=plain(body),
            headers={"if-match": if_match},
        ),
        models.Item,
    )
