"""Operations on exports; made by derive.py from the document."""

from collections.abc import Mapping
from typing import Any

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call
from promptevolver_client.model import plain


def create(
    body: models.ExportBody | Mapping[str, Any], *, idempotency_key: str | None = None
) -> Answer[models.Job]:
    """Export a list.

    Write all entries that the filter lets through into a file, in the background.

    CSV and XLSX have a column for each nested value (`spend.usd`, `scores.accuracy`) and JSON for
    lists; JSONL has the entries as the API gives them; Parquet has types. In CSV a text that a
    spreadsheet would run as a formula gets an apostrophe in front. A `run_archive` holds ended
    runs word for word, to be imported elsewhere. Read the job until it has `completed`, then its
    file.
    """
    return Answer(
        Call(
            "POST",
            "/api/v1/exports",
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.Job,
    )
