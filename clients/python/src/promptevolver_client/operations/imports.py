"""Operations on imports; made by derive.py from the document."""

from typing import Literal

from promptevolver_client import models
from promptevolver_client.calls import Answer, AsyncContent, Call


def create(
    content: AsyncContent,
    *,
    content_type: Literal["application/gzip", "application/x-ndjson"],
    resource: Literal["run_archive", "prompt_versions"],
    dry_run: bool | None = None,
    idempotency_key: str | None = None,
) -> Answer[models.Job]:
    """Import runs or prompts.

    Take in a run archive or versions of prompts: all of the file, or nothing.

    Runs become ended runs of this project with the tag `imported`; one that is there already must
    be the same, message by message. Versions join the prompts of their names, which are made
    where they are missing; labels stay where they are. The job's `result.imported` tells faults by
    line. Items of datasets are imported by uploading them into a draft.
    """
    return Answer(
        Call(
            "POST",
            "/api/v1/imports",
            query={"resource": resource, "dry_run": dry_run},
            content=content,
            headers={"idempotency-key": idempotency_key, "Content-Type": content_type},
        ),
        models.Job,
    )
