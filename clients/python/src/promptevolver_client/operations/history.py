"""Operations on history; made by derive.py from the document."""

from typing import Literal

from promptevolver_client import models
from promptevolver_client.calls import Call, Lines, Listing


def list(
    *,
    state: Literal["queued", "running", "paused", "completed", "failed", "cancelled"] | None = None,
    strategy: str | None = None,
    kind: Literal["optimization", "evaluation"] | None = None,
    archived: Literal["exclude", "include", "only"] | None = None,
    filter: str | None = None,
    sort: str | None = None,
    fields: str | None = None,
    include: Literal["total"] | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Listing[models.RunItems, models.RunItem]:
    """List runs.

    List runs, newest first: as `GET /runs`, with parameters for what is asked most often.
    """
    return Listing(
        Call(
            "GET",
            "/api/v1/history",
            query={
                "state": state,
                "strategy": strategy,
                "kind": kind,
                "archived": archived,
                "filter": filter,
                "sort": sort,
                "fields": fields,
                "include": include,
                "cursor": cursor,
                "limit": limit,
            },
        ),
        models.RunItems,
        models.RunItem,
    )


def stream(
    *,
    state: Literal["queued", "running", "paused", "completed", "failed", "cancelled"] | None = None,
    strategy: str | None = None,
    kind: Literal["optimization", "evaluation"] | None = None,
    archived: Literal["exclude", "include", "only"] | None = None,
    filter: str | None = None,
    sort: str | None = None,
    fields: str | None = None,
    include: Literal["total"] | None = None,
) -> Lines[models.RunItem]:
    """In one stream, all of them: list runs.

    List runs, newest first: as `GET /runs`, with parameters for what is asked most often.
    """
    return Lines(
        Call(
            "GET",
            "/api/v1/history",
            query={
                "state": state,
                "strategy": strategy,
                "kind": kind,
                "archived": archived,
                "filter": filter,
                "sort": sort,
                "fields": fields,
                "include": include,
            },
        ),
        models.RunItem,
    )
