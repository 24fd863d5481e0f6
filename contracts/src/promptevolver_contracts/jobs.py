"""Jobs: exports, reports and imports, which take longer than a request may, and their files."""

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.comparisons import MOST_RUNS, SCORE, ComparedRun
from promptevolver_contracts.datasets import Split
from promptevolver_contracts.errors import ErrorInfo
from promptevolver_contracts.filters import Filter
from promptevolver_contracts.history import Archived
from promptevolver_contracts.ids import RunId
from promptevolver_contracts.prompts import Author
from promptevolver_contracts.rpc import Queries, query

PART_BYTES = 180_000
"""Files are kept and sent in parts of this size: as Base64, one fits into a message."""
MOST_ARCHIVED = 100
MOST_ERRORS = 100
"""Faults of an import that are told one by one."""

JobKind = Literal["export", "report", "import"]
JobState = Literal["queued", "running", "completed", "failed", "cancelled"]
ENDED: frozenset[JobState] = frozenset({"completed", "failed", "cancelled"})

ExportResource = Literal[
    "runs",
    "candidates",
    "outcomes",
    "mutations",
    "events",
    "dataset_items",
    "prompt_versions",
    "feedback",
    "audit_events",
    "compared_examples",
    "run_archive",
]
ExportFormat = Literal["csv", "jsonl", "parquet", "xlsx", "jsonl.gz"]
ReportKind = Literal["run", "comparison"]
ReportFormat = Literal["html", "pdf"]
ImportResource = Literal["run_archive", "prompt_versions"]


class ExportParams(Part):
    """Of what the resource is; each resource reads those that belong to it."""

    archived: Archived = Field("exclude", description="Of runs: what becomes of those put away")
    run_id: RunId | None = Field(
        None, description="Needed by candidates, outcomes, mutations, events; narrows feedback"
    )
    run_ids: tuple[RunId, ...] = Field(
        default=(), max_length=MOST_ARCHIVED, description="What a run_archive holds"
    )
    dataset_id: str | None = Field(None, max_length=64, description="Needed by dataset_items")
    version: int | None = Field(None, ge=1, description="Of the dataset; else its latest")
    prompt: str | None = Field(
        None, max_length=64, description="Id or name; narrows prompt_versions and feedback"
    )
    action: str | None = Field(
        None, max_length=100, description="Of audit_events: an act, or the noun before its dot"
    )
    baseline: ComparedRun | None = Field(None, description="Needed by compared_examples")
    candidate: ComparedRun | None = Field(None, description="Needed by compared_examples")
    metric: str = Field(SCORE, max_length=64, description="Of compared_examples")
    split: Split | None = Field(None, description="Of compared_examples")


class ExportRequest(Part):
    """A file of all entries of a resource that a filter lets through."""

    kind: Literal["export"] = "export"
    resource: ExportResource
    format: ExportFormat
    filter: Filter | None = Field(
        None, description="Of runs, candidates, outcomes, mutations and events"
    )
    fields: tuple[str, ...] = Field(
        default=(), max_length=200, description="Columns, as `score` or `spend.usd`; none: all"
    )
    params: ExportParams = ExportParams()

    @model_validator(mode="after")
    def _archives_have_a_format_of_their_own(self) -> Self:
        if (self.resource == "run_archive") != (self.format == "jsonl.gz"):
            raise ValueError("format: 'jsonl.gz' is that of a run_archive, and of nothing else")
        return self


class ReportRequest(Part):
    """A document about a run, or about runs compared with the first of them."""

    kind: Literal["report"] = "report"
    report: ReportKind
    format: ReportFormat
    runs: tuple[ComparedRun, ...] = Field(min_length=1, max_length=MOST_RUNS)
    split: Split | None = None
    margin: float | None = Field(None, ge=0, le=1)
    confidence: float = Field(0.95, gt=0.5, lt=1)
    gates: tuple[str, ...] = Field(default=(SCORE,), min_length=1, max_length=20)

    @model_validator(mode="after")
    def _as_many_runs_as_it_takes(self) -> Self:
        if (self.report == "run") != (len(self.runs) == 1):
            raise ValueError("runs: a report of a run takes one, a comparison two or more")
        return self


class ImportRequest(Part):
    """Taking in what an export gave."""

    kind: Literal["import"] = "import"
    resource: ImportResource
    dry_run: bool = Field(default=False, description="Only say what would happen")


JobRequest = Annotated[ExportRequest | ReportRequest | ImportRequest, Field(discriminator="kind")]


class JobFile(Part):
    """What a job made."""

    name: str = Field(description="To save it under")
    media_type: str
    bytes: int
    parts: int
    sha256: str
    rows: int | None = Field(None, description="Entries in it; null for a report")


class LineFault(Part):
    """What is wrong with one line of an imported file."""

    line: int = Field(ge=0, description="From 1; 0 for the file as a whole")
    code: str
    message: str = Field(description="What is wrong and how to mend it")


class ImportReport(Part):
    """What an import did, or would do."""

    lines: int
    created: int = Field(description="Runs, or versions of prompts")
    unchanged: int = Field(0, description="Those that were there, word for word")
    errors: tuple[LineFault, ...] = Field(default=(), description="The first hundred")
    more_errors: int = 0


class JobResult(Part):
    """What came of a job."""

    file: JobFile | None = None
    imported: ImportReport | None = None
    notes: tuple[str, ...] = Field(default=(), description="What a reader should bear in mind")


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


class Content(JobQuestion):
    """A piece of a file, Base64 in JSON."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")


class PutJobInput(Content):
    """Send a part of what is to be imported; the last one lets the job begin."""

    number: int = Field(ge=0)
    content: bytes = Field(max_length=PART_BYTES)
    last: bool


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


class ReadJobFile(JobQuestion):
    """Ask for a part of what a job made."""

    number: int = Field(ge=0)


class JobFilePart(Part):
    """A part of a file."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    content: bytes


CREATE_JOB = query("rpc.history.create_job", CreateJob, Job)
PUT_JOB_INPUT = query("rpc.history.put_job_input", PutJobInput, Job)
GET_JOB = query("rpc.history.get_job", GetJob, Job)
LIST_JOBS = query("rpc.history.list_jobs", ListJobs, JobPage)
CANCEL_JOB = query("rpc.history.cancel_job", CancelJob, Job)
READ_JOB_FILE = query("rpc.history.read_job_file", ReadJobFile, JobFilePart)

QUERIES: Queries = (
    CREATE_JOB,
    PUT_JOB_INPUT,
    GET_JOB,
    LIST_JOBS,
    CANCEL_JOB,
    READ_JOB_FILE,
)
