"""What can be exported: how each resource is read, and what it needs to be told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from promptevolver_contracts.accounts import AuditEvent
from promptevolver_contracts.dataset_library import Item
from promptevolver_contracts.feedback import FeedbackView
from promptevolver_contracts.fields import RESOURCES, Resource
from promptevolver_contracts.history import (
    CandidateEntry,
    EventEntry,
    MutationEntry,
    OutcomeEntry,
    RunEntry,
    SortKey,
)
from promptevolver_contracts.jobs import ExportParams, ExportResource
from pydantic import BaseModel

from promptevolver_history.datasets.items import item_of
from promptevolver_history.exports.entries import (
    PromptVersionEntry,
    audit_entry,
    prompt_version_entry,
)
from promptevolver_history.feedback.opinions import feedback_view
from promptevolver_history.filtering.columns import TABLES
from promptevolver_history.runs import entries


@dataclass(frozen=True, slots=True)
class Kind:
    """How a resource is read."""

    model: type[BaseModel]
    entry: Callable[[Any], BaseModel]
    query: str
    arguments: Callable[[str, ExportParams], tuple[Any, ...]]


def _in_run(project: str, params: ExportParams) -> tuple[Any, ...]:
    return project, params.run_id


KINDS: Mapping[ExportResource, Kind] = {
    "runs": Kind(
        RunEntry,
        entries.run_entry,
        TABLES["runs"].query,
        lambda project, params: (project, params.archived, True),
    ),
    "candidates": Kind(
        CandidateEntry, entries.candidate_entry, TABLES["candidates"].query, _in_run
    ),
    "outcomes": Kind(
        OutcomeEntry,
        entries.outcome_entry,
        TABLES["outcomes"].query,
        lambda project, params: (project, params.run_id, None),
    ),
    "mutations": Kind(MutationEntry, entries.mutation_entry, TABLES["mutations"].query, _in_run),
    "events": Kind(
        EventEntry, partial(entries.event_entry, whole=True), TABLES["events"].query, _in_run
    ),
    "dataset_items": Kind(
        Item,
        item_of,
        "export_dataset_items",
        lambda project, params: (project, params.dataset_id, params.version),
    ),
    "prompt_versions": Kind(
        PromptVersionEntry,
        prompt_version_entry,
        "export_prompt_versions",
        lambda project, params: (project, params.prompt),
    ),
    "feedback": Kind(
        FeedbackView,
        feedback_view,
        "export_feedback",
        lambda project, params: (project, params.run_id, params.prompt),
    ),
    "audit_events": Kind(
        AuditEvent,
        audit_entry,
        "export_audit_events",
        lambda project, params: (project, params.action),
    ),
}
FILTERED: Mapping[ExportResource, Resource] = {name: name for name in RESOURCES}
NEEDED: Mapping[ExportResource, tuple[str, ...]] = {
    "candidates": ("run_id",),
    "outcomes": ("run_id",),
    "mutations": ("run_id",),
    "events": ("run_id",),
    "dataset_items": ("dataset_id",),
    "compared_examples": ("baseline", "candidate"),
    "run_archive": ("run_ids",),
}
NEWEST_FIRST = (SortKey(field=("requested_at",), descending=True),)
