"""Operations on reports; made by derive.py from the document."""

from collections.abc import Mapping
from typing import Any

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call
from promptevolver_client.model import plain


def create(
    body: models.ReportBody | Mapping[str, Any], *, idempotency_key: str | None = None
) -> Answer[models.Job]:
    """Write a report.

    Write a run, or runs compared with the first of them, as a document for people who decide.

    It says the verdict in plain words, then the numbers with their intervals, what changed in the
    prompt, examples that got better or worse, cost and latency, and the method. HTML is a single
    file that loads nothing; PDF is made to be printed.
    """
    return Answer(
        Call(
            "POST",
            "/api/v1/reports",
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.Job,
    )
