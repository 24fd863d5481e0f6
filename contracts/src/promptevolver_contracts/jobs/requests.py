"""What a job is asked to do: export, report or import."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from promptevolver_contracts.base import Part
from promptevolver_contracts.comparisons import MOST_RUNS, SCORE, ComparedRun
from promptevolver_contracts.datasets import Split
from promptevolver_contracts.filters import Filter
from promptevolver_contracts.history import Archived
from promptevolver_contracts.ids import RunId

MOST_ARCHIVED = 100
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
