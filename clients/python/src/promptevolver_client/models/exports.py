"""What the API takes and gives about exports; made by derive.py from the document."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from promptevolver_client.model import Model
from promptevolver_client.models.jobs import ComparedRun
from promptevolver_client.models.shared import (
    AmongInput,
    CompareInput,
    JunctionInput,
    NegationInput,
    PresenceInput,
    Search,
)

__all__ = ["ExportBody", "ParamsBody"]


class ExportBody(Model):
    """What to write into a file."""

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
    format: Literal["csv", "jsonl", "parquet", "xlsx", "jsonl.gz"] = "csv"
    """`jsonl.gz` is that of a run_archive"""
    filter: (
        CompareInput
        | AmongInput
        | PresenceInput
        | Search
        | NegationInput
        | JunctionInput
        | str
        | None
    ) = None
    """As JSON or in its text spelling, as lists take it"""
    fields: list[str] = Field(default_factory=list)
    """Columns, or groups as lists have them; none: all"""
    params: ParamsBody = Field(
        default_factory=lambda: ParamsBody.model_validate(
            {"archived": "exclude", "run_ids": [], "metric": "score"}
        )
    )


class ParamsBody(Model):
    """Of what the resource is."""

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
