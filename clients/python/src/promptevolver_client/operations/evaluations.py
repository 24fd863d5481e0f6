"""Operations on evaluations; made by derive.py from the document."""

from collections.abc import Mapping
from typing import Any

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call
from promptevolver_client.model import plain


def create(
    body: models.EvaluationBody | Mapping[str, Any], *, idempotency_key: str | None = None
) -> Answer[models.Accepted]:
    """Start an evaluation.

    Score a program on a dataset without changing it.

    The run is read, followed and controlled like an optimization.
    """
    return Answer(
        Call(
            "POST",
            "/api/v1/evaluations",
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.Accepted,
    )
