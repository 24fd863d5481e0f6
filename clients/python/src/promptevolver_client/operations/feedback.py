"""Operations on feedback; made by derive.py from the document."""

from collections.abc import Mapping
from typing import Any

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call, Listing, path
from promptevolver_client.model import plain


def create(
    body: models.FeedbackBody | Mapping[str, Any], *, idempotency_key: str | None = None
) -> Answer[models.FeedbackView]:
    """Give feedback.

    Rate, correct or comment an output, a candidate or a prompt's version.

    It teaches: a correction becomes an item of a dataset's draft (`draft_item`, or `draft_note`
    says why not; the scope `data:write` is needed for it too), ratings show how far a metric agrees
    with people, and runs of the same program offer all of it to their operators as evidence.
    """
    return Answer(
        Call(
            "POST",
            "/api/v1/feedback",
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.FeedbackView,
    )


def delete(feedback_id: str) -> Answer[models.FeedbackView]:
    """Withdraw feedback.

    Let it teach no longer. It stays readable, and what it taught stays as it is.
    """
    return Answer(Call("DELETE", path("/api/v1/feedback/{}", feedback_id)), models.FeedbackView)


def get(feedback_id: str) -> Answer[models.FeedbackView]:
    """Read feedback.

    Give one feedback, with the runs that used it.
    """
    return Answer(Call("GET", path("/api/v1/feedback/{}", feedback_id)), models.FeedbackView)


def list(
    *,
    run_id: str | None = None,
    candidate_id: str | None = None,
    example_id: str | None = None,
    prompt: str | None = None,
    withdrawn: bool | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Listing[models.FeedbackList, models.FeedbackView]:
    """List feedback.

    List what people said, newest first.
    """
    return Listing(
        Call(
            "GET",
            "/api/v1/feedback",
            query={
                "run_id": run_id,
                "candidate_id": candidate_id,
                "example_id": example_id,
                "prompt": prompt,
                "withdrawn": withdrawn,
                "cursor": cursor,
                "limit": limit,
            },
        ),
        models.FeedbackList,
        models.FeedbackView,
    )
