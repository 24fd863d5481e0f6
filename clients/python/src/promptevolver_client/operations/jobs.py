"""Operations on jobs; made by derive.py from the document."""

from typing import Literal

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call, File, Listing, path


def cancel(job_id: str, *, idempotency_key: str | None = None) -> Answer[models.Job]:
    """Cancel a job.

    Stop a job and drop what it made so far; one that has ended stays as it is.
    """
    return Answer(
        Call(
            "POST",
            path("/api/v1/jobs/{}/cancel", job_id),
            headers={"idempotency-key": idempotency_key},
        ),
        models.Job,
    )


def file(
    job_id: str, *, accept: Literal["application/octet-stream"] = "application/octet-stream"
) -> File:
    """As a file, piece by piece: download a job's file.

    Give what an export or a report made; needs the scope to read what is in it as well.
    """
    return File(Call("GET", path("/api/v1/jobs/{}/file", job_id)), accept)


def get(job_id: str, *, wait_s: float | None = None) -> Answer[models.Job]:
    """Read a job.

    Give how far a job is and, in the end, what came of it.
    """
    return Answer(
        Call("GET", path("/api/v1/jobs/{}", job_id), query={"wait_s": wait_s}), models.Job
    )


def list(
    *,
    kind: Literal["export", "report", "import"] | None = None,
    state: Literal["queued", "running", "completed", "failed", "cancelled"] | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Listing[models.JobList, models.Job]:
    """List jobs.

    List the project's exports, reports and imports, newest first, until they expire.
    """
    return Listing(
        Call(
            "GET",
            "/api/v1/jobs",
            query={"kind": kind, "state": state, "cursor": cursor, "limit": limit},
        ),
        models.JobList,
        models.Job,
    )
