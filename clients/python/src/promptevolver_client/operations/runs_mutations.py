"""Operations on runs mutations; made by derive.py from the document."""

from typing import Literal

from promptevolver_client import models
from promptevolver_client.calls import Call, Lines, Listing, path


def mutations(
    run_id: str,
    *,
    filter: str | None = None,
    sort: str | None = None,
    fields: str | None = None,
    include: Literal["total"] | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Listing[models.MutationItems, models.MutationItem]:
    """Search mutations.

    List a run's mutations with their rationale, in order unless sorted otherwise.
    """
    return Listing(
        Call(
            "GET",
            path("/api/v1/runs/{}/mutations", run_id),
            query={
                "filter": filter,
                "sort": sort,
                "fields": fields,
                "include": include,
                "cursor": cursor,
                "limit": limit,
            },
        ),
        models.MutationItems,
        models.MutationItem,
    )


def stream_mutations(
    run_id: str,
    *,
    filter: str | None = None,
    sort: str | None = None,
    fields: str | None = None,
    include: Literal["total"] | None = None,
) -> Lines[models.MutationItem]:
    """In one stream, all of them: search mutations.

    List a run's mutations with their rationale, in order unless sorted otherwise.
    """
    return Lines(
        Call(
            "GET",
            path("/api/v1/runs/{}/mutations", run_id),
            query={"filter": filter, "sort": sort, "fields": fields, "include": include},
        ),
        models.MutationItem,
    )
