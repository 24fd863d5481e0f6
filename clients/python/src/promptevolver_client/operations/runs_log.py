"""Operations on runs log; made by derive.py from the document."""

from collections.abc import Sequence
from typing import Literal

from promptevolver_client import models
from promptevolver_client.calls import Call, Lines, Listing, path


def log(
    run_id: str,
    *,
    type: Sequence[str] | None = None,
    filter: str | None = None,
    sort: str | None = None,
    fields: str | None = None,
    include: Literal["total"] | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Listing[models.EventItems, models.EventItem]:
    """Read the log.

    List what happened in a run as lines for people, from the beginning.

    `fields=core,payload` gives every event word for word as well. Results of shards are not in the
    log; they are the outcomes.
    """
    return Listing(
        Call(
            "GET",
            path("/api/v1/runs/{}/log", run_id),
            query={
                "type": type,
                "filter": filter,
                "sort": sort,
                "fields": fields,
                "include": include,
                "cursor": cursor,
                "limit": limit,
            },
        ),
        models.EventItems,
        models.EventItem,
    )


def stream_log(
    run_id: str,
    *,
    type: Sequence[str] | None = None,
    filter: str | None = None,
    sort: str | None = None,
    fields: str | None = None,
    include: Literal["total"] | None = None,
) -> Lines[models.EventItem]:
    """In one stream, all of them: read the log.

    List what happened in a run as lines for people, from the beginning.

    `fields=core,payload` gives every event word for word as well. Results of shards are not in the
    log; they are the outcomes.
    """
    return Lines(
        Call(
            "GET",
            path("/api/v1/runs/{}/log", run_id),
            query={
                "type": type,
                "filter": filter,
                "sort": sort,
                "fields": fields,
                "include": include,
            },
        ),
        models.EventItem,
    )
