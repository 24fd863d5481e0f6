"""What the API takes and gives about jobs; made by derive.py from the document."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from promptevolver_client.model import Model
from promptevolver_client.models.shared import (
    AmongOutput,
    Author,
    CompareOutput,
    ErrorInfo,
    JunctionOutput,
    NegationOutput,
    Page,
    PresenceOutput,
    Search,
)

__all__ = [
    "ComparedRun",
    "ExportParams",
    "ExportRequest",
    "ImportReport",
    "ImportRequest",
    "Job",
    "JobFile",
    "JobList",
    "JobResult",
    "LineFault",
    "ReportRequest",
]


class ComparedRun(Model):
    """One side of a comparison."""

    run_id: str
    candidate_id: str | None = None
    """Which candidate; without it the winner, else the best so far"""


class ExportParams(Model):
    """Of what the resource is; each resource reads those that belong to it."""

    archived: Literal["exclude", "include", "only"] = "exclude"
    """Of runs: what becomes of those put away"""
    run_id: str | None = None
    """Needed by candidates, outcomes, mutations, events; narrows feedback"""
    run_ids: list[str] = Field(default_factory=list)
    """What a run_archive holds"""
    dataset_id: str | None = None
    """Needed by dataset_items"""
    version: int | None = None
    """Of the dataset; else its latest"""
    prompt: str | None = None
    """Id or name; narrows prompt_versions and feedback"""
    action: str | None = None
    """Of audit_events: an act, or the noun before its dot"""
    baseline: ComparedRun | None = None
    """Needed by compared_examples"""
    candidate: ComparedRun | None = None
    """Needed by compared_examples"""
    metric: str = "score"
    """Of compared_examples"""
    split: Literal["train", "validation", "test"] | None = None
    """Of compared_examples"""


class ExportRequest(Model):
    """A file of all entries of a resource that a filter lets through."""

    kind: Literal["export"] = "export"
    resource: Literal[
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
    format: Literal["csv", "jsonl", "parquet", "xlsx", "jsonl.gz"]
    filter: (
        CompareOutput
        | AmongOutput
        | PresenceOutput
        | Search
        | NegationOutput
        | JunctionOutput
        | None
    ) = None
    """Of runs, candidates, outcomes, mutations and events"""
    fields: list[str] = Field(default_factory=list)
    """Columns, as `score` or `spend.usd`; none: all"""
    params: ExportParams = Field(
        default_factory=lambda: ExportParams.model_validate(
            {"archived": "exclude", "run_ids": [], "metric": "score"}
        )
    )


class ImportReport(Model):
    """What an import did, or would do."""

    lines: int
    created: int
    """Runs, or versions of prompts"""
    unchanged: int = 0
    """Those that were there, word for word"""
    errors: list[LineFault] = Field(default_factory=list)
    """The first hundred"""
    more_errors: int = 0


class ImportRequest(Model):
    """Taking in what an export gave."""

    kind: Literal["import"] = "import"
    resource: Literal["run_archive", "prompt_versions"]
    dry_run: bool = False
    """Only say what would happen"""


class Job(Model):
    """Something long that is done in the background."""

    job_id: str
    project: str
    kind: Literal["export", "report", "import"]
    state: Literal["queued", "running", "completed", "failed", "cancelled"]
    request: ExportRequest | ReportRequest | ImportRequest
    done: int = 0
    """Entries so far"""
    total: int | None = None
    """Entries in all, once that is known"""
    attempts: int = 0
    """More than one: a worker died and another began anew"""
    result: JobResult | None = None
    error: ErrorInfo | None = None
    """Why it failed"""
    created_by: Author
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    expires_at: datetime
    """When it is forgotten, with its file"""


class JobFile(Model):
    """What a job made."""

    name: str
    """To save it under"""
    media_type: str
    bytes_: int = Field(alias="bytes")
    parts: int
    sha256: str
    rows: int | None = None
    """Entries in it; null for a report"""


class JobList(Model):
    """Jobs, newest first."""

    data: list[Job]
    page: Page


class JobResult(Model):
    """What came of a job."""

    file: JobFile | None = None
    imported: ImportReport | None = None
    notes: list[str] = Field(default_factory=list)
    """What a reader should bear in mind"""


class LineFault(Model):
    """What is wrong with one line of an imported file."""

    line: int
    """From 1; 0 for the file as a whole"""
    code: str
    message: str
    """What is wrong and how to mend it"""


class ReportRequest(Model):
    """A document about a run, or about runs compared with the first of them."""

    kind: Literal["report"] = "report"
    report: Literal["run", "comparison"]
    format: Literal["html", "pdf"]
    runs: list[ComparedRun]
    split: Literal["train", "validation", "test"] | None = None
    margin: float | None = None
    confidence: float = 0.95
    gates: list[str] = Field(default_factory=lambda: ["score"])
