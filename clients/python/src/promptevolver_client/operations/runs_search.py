"""Operations on runs search; made by derive.py from the document."""

from collections.abc import Mapping
from typing import Any

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call, Lines
from promptevolver_client.model import plain


def search(
    body: models.SearchBody | Mapping[str, Any], *, idempotency_key: str | None = None
) -> Answer[models.RunItems]:
    """Search runs by JSON.

    List runs as `GET /runs` does, with the filter as JSON or as text in the body.
    """
    return Answer(
        Call(
            "POST",
            "/api/v1/runs/search",
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.RunItems,
    )


def stream_search(
    body: models.SearchBody | Mapping[str, Any], *, idempotency_key: str | None = None
) -> Lines[models.RunItem]:
    """In one stream, all of them: search runs by JSON.

    List runs as `GET /runs` does, with the filter as JSON or as text in the body.
    """
    return Lines(
        Call(
            "POST",
            "/api/v1/runs/search",
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.RunItem,
    )
