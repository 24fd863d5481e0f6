"""Operations on saved views; made by derive.py from the document."""

from collections.abc import Mapping
from typing import Any, Literal

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call, Listing, path
from promptevolver_client.model import plain


def create(
    body: models.SavedViewBody | Mapping[str, Any], *, idempotency_key: str | None = None
) -> Answer[models.SavedViewAnswer]:
    """Save a view.

    Keep a list's filter, sort and columns, for oneself or for the project.

    Everybody who may read may keep views, two hundred at most; sharing one needs `runs:write`.
    """
    return Answer(
        Call(
            "POST",
            "/api/v1/saved_views",
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.SavedViewAnswer,
    )


def delete(view_id: str, *, if_match: str | None = None) -> Call:
    """Delete a saved view.

    Remove a view; only its owner or an admin may.
    """
    return Call("DELETE", path("/api/v1/saved_views/{}", view_id), headers={"if-match": if_match})


def get(view_id: str) -> Answer[models.SavedViewAnswer]:
    """Read a saved view.

    Give a view: its filter in both spellings, ready for the list that it is of.
    """
    return Answer(Call("GET", path("/api/v1/saved_views/{}", view_id)), models.SavedViewAnswer)


def list(
    *,
    resource: Literal["runs", "candidates", "outcomes", "mutations", "events"] | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Listing[models.SavedViewList, models.SavedViewAnswer]:
    """List saved views.

    List the caller's own views and those that are shared, in the order of making.
    """
    return Listing(
        Call(
            "GET",
            "/api/v1/saved_views",
            query={"resource": resource, "cursor": cursor, "limit": limit},
        ),
        models.SavedViewList,
        models.SavedViewAnswer,
    )


def put(
    view_id: str, body: models.SavedViewBody | Mapping[str, Any], *, if_match: str | None = None
) -> Answer[models.SavedViewAnswer]:
    """Change a saved view.

    Replace a view; only its owner or an admin may.
    """
    return Answer(
        Call(
            "PUT",
            path("/api/v1/saved_views/{}", view_id),
            json=plain(body),
            headers={"if-match": if_match},
        ),
        models.SavedViewAnswer,
    )
