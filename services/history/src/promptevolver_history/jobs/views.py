"""From records to jobs."""

import json

from asyncpg import Record
from promptevolver_contracts.actors import Actor
from promptevolver_contracts.errors import ErrorInfo
from promptevolver_contracts.jobs import Job, JobRequest, JobResult
from promptevolver_contracts.prompts import Author
from pydantic import TypeAdapter

_REQUEST: TypeAdapter[JobRequest] = TypeAdapter(JobRequest)
_SAME = (
    "job_id", "project", "kind", "state", "done", "total", "attempts", "created_at", "started_at",
    "ended_at", "expires_at",
)  # fmt: skip


def job_of(row: Record) -> Job:
    """Give a job."""
    actor = actor_of(row)
    result, error = row["result"], row["error"]
    return Job(
        **{name: row[name] for name in _SAME},
        request=_REQUEST.validate_json(row["request"]),
        result=None if result is None else JobResult.model_validate_json(result),
        error=None if error is None else ErrorInfo.model_validate(json.loads(error)),
        created_by=Author(id=actor.id, name=actor.name),
    )


def actor_of(row: Record) -> Actor:
    """Give who asked for it."""
    return Actor.model_validate_json(row["actor"])
