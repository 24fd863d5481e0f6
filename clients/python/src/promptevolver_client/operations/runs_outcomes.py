"""Operations on runs outcomes; made by derive.py from the document."""

from typing import Literal

from promptevolver_client import models
from promptevolver_client.calls import Call, Lines, Listing, path


def example_outcomes(
    run_id: str,
    example_id: str,
    *,
    candidate_id: str | None = None,
    filter: str | None = None,
    sort: str | None = None,
    fields: str | None = None,
    include: Literal["total"] | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Listing[models.OutcomeItems, models.OutcomeItem]:
    """Read the outcomes of one example.

    List what one example gave, over all candidates and repeats: whole, with every stage.
    """
    return Listing(
        Call(
            "GET",
            path("/api/v1/runs/{}/outcomes/{}", run_id, example_id),
            query={
                "candidate_id": candidate_id,
                "filter": filter,
                "sort": sort,
                "fields": fields,
                "include": include,
                "cursor": cursor,
                "limit": limit,
            },
        ),
        models.OutcomeItems,
        models.OutcomeItem,
    )


def stream_example_outcomes(
    run_id: str,
    example_id: str,
    *,
    candidate_id: str | None = None,
    filter: str | None = None,
    sort: str | None = None,
    fields: str | None = None,
    include: Literal["total"] | None = None,
) -> Lines[models.OutcomeItem]:
    """In one stream, all of them: read the outcomes of one example.

    List what one example gave, over all candidates and repeats: whole, with every stage.
    """
    return Lines(
        Call(
            "GET",
            path("/api/v1/runs/{}/outcomes/{}", run_id, example_id),
            query={
                "candidate_id": candidate_id,
                "filter": filter,
                "sort": sort,
                "fields": fields,
                "include": include,
            },
        ),
        models.OutcomeItem,
    )


def outcomes(
    run_id: str,
    *,
    candidate_id: str | None = None,
    filter: str | None = None,
    sort: str | None = None,
    fields: str | None = None,
    include: Literal["total"] | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Listing[models.OutcomeItems, models.OutcomeItem]:
    """Search outcomes.

    List what each example gave, in the order of arrival unless sorted otherwise.

    Groups of `fields`: core, scores, io, spend. Output and feedback are cut, and earlier stages
    left out, unless `fields` has `io`.
    """
    return Listing(
        Call(
            "GET",
            path("/api/v1/runs/{}/outcomes", run_id),
            query={
                "candidate_id": candidate_id,
                "filter": filter,
                "sort": sort,
                "fields": fields,
                "include": include,
                "cursor": cursor,
                "limit": limit,
            },
        ),
        models.OutcomeItems,
        models.OutcomeItem,
    )


def stream_outcomes(
    run_id: str,
    *,
    candidate_id: str | None = None,
    filter: str | None = None,
    sort: str | None = None,
    fields: str | None = None,
    include: Literal["total"] | None = None,
) -> Lines[models.OutcomeItem]:
    """In one stream, all of them: search outcomes.

    List what each example gave, in the order of arrival unless sorted otherwise.

    Groups of `fields`: core, scores, io, spend. Output and feedback are cut, and earlier stages
    left out, unless `fields` has `io`.
    """
    return Lines(
        Call(
            "GET",
            path("/api/v1/runs/{}/outcomes", run_id),
            query={
                "candidate_id": candidate_id,
                "filter": filter,
                "sort": sort,
                "fields": fields,
                "include": include,
            },
        ),
        models.OutcomeItem,
    )
