"""Jobs: making, watching and stopping them."""

from typing import Literal

from pydantic import AwareDatetime, Field

from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.errors import ErrorInfo
from promptevolver_contracts.jobs.requests import JobRequest
from promptevolver_contracts.jobs.results import JobResult
from promptevolver_contracts.prompts import Author
from promptevolver_contracts.rpc import Queries, query

JobKind = Literal["export", "report", "import"]
JobState = Literal["queued", "running", "completed", "failed", "cancelled"]
ENDED: frozenset[JobState] = frozenset({"completed", "failed", "cancelled"})


class Job(Part):
    """Something long that is done in the background."""

    job_id: str
    project: str
    kind: JobKind
    state: JobState
    request: JobRequest
    done: int = Field(0, description="Entries so far")
    total: int | None = Field(None, description="Entries in all, once that is known")
    attempts: int = Field(0, description="More than one: a worker died and another began anew")
    result: JobResult | None = None
    error: ErrorInfo | None = Field(None, description="Why it failed")
    created_by: Author
    created_at: AwareDatetime
    started_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    expires_at: AwareDatetime = Field(description="When it is forgotten, with its file")


class JobQuestion(Message):
    """Whatever is asked of a job."""

    project: str
    job_id: str = Field(max_length=64)


class CreateJob(JobQuestion):
    """Have something done. The same id again answers the same job."""

    request: JobRequest
    ready: bool = Field(default=True, description="False: its input follows in parts")
    by: Actor


class GetJob(JobQuestion):
    """Ask for a job."""


class CancelJob(JobQuestion):
    """Stop a job, unless it has ended."""

    by: Actor


class ListJobs(Message):
    """Ask for jobs, newest first."""

    project: str
    kind: JobKind | None = None
    state: JobState | None = None
    before: str | None = Field(None, description="Exclusive: id of the last job seen")
    limit: int = Field(50, ge=1, le=200)


class JobPage(Part):
    """Jobs, newest first."""

    jobs: tuple[Job, ...]
    more: bool


CREATE_JOB = query("rpc.history.create_job", CreateJob, Job)
GET_JOB = query("rpc.history.get_job", GetJob, Job)
LIST_JOBS = query("rpc.history.list_jobs", ListJobs, JobPage)
CANCEL_JOB = query("rpc.history.cancel_job", CancelJob, Job)

QUERIES: Queries = (
    CREATE_JOB,
    GET_JOB,
    LIST_JOBS,
    CANCEL_JOB,
)
