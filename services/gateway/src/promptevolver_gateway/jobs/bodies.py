"""What the API takes and answers about jobs."""

from typing import Annotated

from promptevolver_contracts.comparisons import MOST_RUNS, SCORE, ComparedRun
from promptevolver_contracts.datasets import Split
from promptevolver_contracts.filters import MAX_TEXT, Filter
from promptevolver_contracts.ids import CandidateId, RunId
from promptevolver_contracts.jobs import (
    ExportFormat,
    ExportParams,
    ExportRequest,
    ExportResource,
    Job,
    ReportFormat,
    ReportKind,
    ReportRequest,
)
from pydantic import BaseModel, ConfigDict, Field

from promptevolver_gateway.answers import Page
from promptevolver_gateway.jobs.wishes import checked, expanded, filter_of_export
from promptevolver_gateway.schemas import RUN_ID, Body


class ParamsBody(ExportParams, extra="forbid"):
    """Of what the resource is."""


class ExportBody(Body):
    """What to write into a file."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "resource": "runs",
                    "format": "xlsx",
                    "filter": "state = 'completed' and score.accuracy > 0.5",
                    "fields": ["core", "spend.usd"],
                },
                {
                    "resource": "outcomes",
                    "format": "parquet",
                    "params": {"run_id": "01994e0c-7a50-7c1e-9d53-0d3a8d8a6a11"},
                },
            ]
        }
    )

    resource: ExportResource
    format: ExportFormat = Field("csv", description="`jsonl.gz` is that of a run_archive")
    filter: Filter | Annotated[str, Field(max_length=MAX_TEXT)] | None = Field(
        None, description="As JSON or in its text spelling, as lists take it"
    )
    fields: tuple[Annotated[str, Field(max_length=200)], ...] = Field(
        default=(), max_length=200, description="Columns, or groups as lists have them; none: all"
    )
    params: ParamsBody = ParamsBody()

    def request(self) -> ExportRequest:
        """Read it. Raises Problem."""
        return checked(
            ExportRequest,
            resource=self.resource,
            format=self.format,
            filter=filter_of_export(self.filter, self.resource),
            fields=expanded(self.fields, self.resource),
            params=ExportParams(**dict(self.params)),
        )


class SideBody(Body):
    """A run, or one of its candidates."""

    run_id: RunId = Field(pattern=RUN_ID)
    candidate_id: CandidateId | None = Field(
        None, max_length=64, description="Without it the winner, else the best so far"
    )


class ReportBody(Body):
    """What to report on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "comparison",
                    "format": "pdf",
                    "runs": [
                        {"run_id": "01994e0c-7a50-7c1e-9d53-0d3a8d8a6a11"},
                        {"run_id": "01994e0d-1f3a-7b52-8a41-5e0b9c2d7f60"},
                    ],
                },
                {
                    "kind": "run",
                    "format": "html",
                    "runs": [{"run_id": "01994e0c-7a50-7c1e-9d53-0d3a8d8a6a11"}],
                },
            ]
        }
    )

    kind: ReportKind
    format: ReportFormat = "html"
    runs: tuple[SideBody, ...] = Field(
        min_length=1, max_length=MOST_RUNS, description="Of a comparison the baseline first"
    )
    split: Split | None = None
    margin: float | None = Field(None, ge=0, le=1)
    confidence: float = Field(0.95, gt=0.5, lt=1)
    gates: tuple[Annotated[str, Field(max_length=64)], ...] = Field(
        default=(SCORE,), min_length=1, max_length=20
    )

    def request(self) -> ReportRequest:
        """Read it. Raises Problem."""
        return checked(
            ReportRequest,
            report=self.kind,
            format=self.format,
            runs=tuple(ComparedRun(**dict(side)) for side in self.runs),
            split=self.split,
            margin=self.margin,
            confidence=self.confidence,
            gates=tuple(dict.fromkeys(self.gates)),
        )


class JobList(BaseModel):
    """Jobs, newest first."""

    data: tuple[Job, ...]
    page: Page
