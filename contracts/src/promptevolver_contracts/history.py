"""Reading the history of runs: filtered lists, one run from all sides, and saved views.

Answers stay under 256 kB: lists come in pages, each with the position after its last entry.
"""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.datasets import Split
from promptevolver_contracts.facts import Evidence, ScoreKind
from promptevolver_contracts.faults import Fault
from promptevolver_contracts.fields import Resource
from promptevolver_contracts.filters import Filter, Path
from promptevolver_contracts.ids import CandidateId, RunId
from promptevolver_contracts.mutations import Mutation
from promptevolver_contracts.outcomes import OutcomeClass, StageOutput
from promptevolver_contracts.queries import CandidateSummary, GetRun, RunView
from promptevolver_contracts.rpc import query
from promptevolver_contracts.spending import Spend

PREVIEW_CHARS = 240
"""Characters of a long text in a list that was not asked for whole texts."""
TOTAL_CAP = 10_000
"""Counting stops here: a larger number tells nobody more, and costs as much as the list."""

Tag = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f,]{1,64}$")]
Position = tuple[Annotated[str, Field(max_length=1000)] | None, ...]
"""Values by which a list is sorted, as Postgres spells them, of the last entry seen."""


class SortKey(Part):
    """By what a list is sorted. Entries without a value count as lowest."""

    field: Path
    descending: bool = False


class Listing(Message):
    """Ask for a page of a filtered and sorted list."""

    project: str = "default"
    filter: Filter | None = None
    sort: tuple[SortKey, ...] = Field(default=(), max_length=4)
    after: Position | None = Field(None, max_length=8, description="`next` of the page before")
    limit: int = Field(50, ge=1, le=200)
    total: bool = Field(default=False, description="Whether to count what the filter lets through")
    whole: bool = Field(default=False, description="Whether long texts and payloads come whole")


Archived = Literal["exclude", "include", "only"]


class SearchRuns(Listing):
    """Ask for runs; newest first unless sorted otherwise."""

    archived: Archived = "exclude"


class SearchInRun(Listing):
    """Ask for what belongs to a run, in the order of its happening unless sorted otherwise."""

    run_id: RunId


class Total(Part):
    """How many entries the filter lets through."""

    count: int
    capped: bool = Field(description="Whether counting stopped there and there are more")


class Found[T](Part):
    """A page of a list."""

    items: tuple[T, ...]
    next: Position | None = Field(description="None on the last page")
    total: Total | None = None


class RunEntry(RunView):
    """A run with what people say of it."""

    scores: dict[str, float] = Field(
        default_factory=dict, description="Mean by metric of the best candidate, or the winner"
    )
    tags: tuple[str, ...] = ()
    note: str = ""
    archived: bool = False
    version: int = Field(0, description="Counts changes of name, tags, note and archived")
    config: dict[str, Any] | None = Field(
        None, description="What was asked for, without program and dataset; when asked for"
    )


class CandidateEntry(CandidateSummary):
    """A candidate in a list."""

    ordinal: int = Field(description="Stream sequence of the fact that brought it")
    scores: dict[str, float] = Field(
        default_factory=dict, description="Mean by metric over all its outcomes on that split"
    )


class OutcomeEntry(Part):
    """An outcome in a list. Long texts are cut unless asked for whole."""

    seq: int
    candidate_id: CandidateId
    shard_id: str
    split: str
    example_id: str
    repeat: int
    outcome_class: OutcomeClass
    score: float
    scores: dict[str, float] = Field(default_factory=dict)
    output: str
    feedback: str = ""
    truncated: bool = Field(default=False, description="Whether output or feedback is cut")
    fault: Fault | None = None
    spend: Spend = Spend()
    latency_ms: float = 0
    cached: bool = False
    stages: tuple[StageOutput, ...] = Field(default=(), description="When asked for whole")
    at: AwareDatetime


class MutationEntry(Part):
    """A mutation in a list."""

    seq: int
    step: int | None = None
    mutation: Mutation
    at: AwareDatetime


class EventEntry(Part):
    """One line of a run's log."""

    seq: int
    type: str
    at: AwareDatetime
    step: int | None = None
    line: str = Field(description="What happened, for people")
    trace_id: str | None = None
    payload: dict[str, Any] | None = Field(None, description="Word for word; when asked for")


class Relative(Part):
    """A candidate in a family tree."""

    candidate_id: CandidateId
    parents: tuple[CandidateId, ...] = ()
    ordinal: int
    step: int | None = None
    operator: str | None = None
    status: Literal["original", "proposed", "accepted", "rejected"]
    full_mean: float | None = None
    distance: int = Field(0, description="Generations away; 0 in a whole tree")


class GetLineage(Message):
    """Ask for a page of a run's family tree, in the order of proposal."""

    run_id: RunId
    project: str = "default"
    after: int = Field(-1, description="Exclusive ordinal to continue after")


class Lineage(Part):
    """Candidates with their parents."""

    candidates: tuple[Relative, ...]
    next_after: int | None


class GetCandidate(Message):
    """Ask for one candidate of a run."""

    run_id: RunId
    project: str = "default"
    candidate_id: CandidateId


class Measurement(Part):
    """A mean that was taken of a candidate."""

    kind: ScoreKind
    split: Split
    examples: int
    mean: float
    means: dict[str, float] = Field(default_factory=dict, description="By metric")
    faults: int = 0
    seq: int
    at: AwareDatetime


class Decision(Part):
    """A candidate was accepted or rejected, and why."""

    accepted: bool
    evidence: Evidence
    step: int | None = None
    seq: int
    at: AwareDatetime


class CandidateDetail(Part):
    """A candidate with its family, its scores and what was decided of it."""

    candidate: CandidateEntry
    mutations: tuple[MutationEntry, ...] = Field(
        default=(), description="What made it; more than one when it was found again"
    )
    parent_texts: dict[CandidateId, dict[str, str]] = Field(default_factory=dict)
    ancestors: tuple[Relative, ...] = Field(default=(), description="Nearest first")
    children: tuple[Relative, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    decisions: tuple[Decision, ...] = ()


Purpose = Literal["proposals", "search", "exam", "evaluation"]


class GetSpend(Message):
    """Ask what a run spent, when and on what."""

    run_id: RunId
    project: str = "default"
    buckets: int = Field(60, ge=1, le=200, description="At most so many steps of time")


class SpendBucket(Part):
    """What was spent for a purpose within a step of time."""

    at: AwareDatetime = Field(description="Beginning of the step")
    purpose: Purpose
    model: str | None = Field(None, description="None where several models had a part")
    spend: Spend


class SpendReport(Part):
    """What a run spent."""

    step_s: int = Field(description="Length of a step in seconds; 0 without any spending")
    series: tuple[SpendBucket, ...] = ()
    total: Spend = Spend()


FacetField = Literal[
    "state",
    "kind",
    "strategy",
    "program",
    "dataset",
    "task_model",
    "metric",
    "verdict",
    "simulated",
    "tag",
]


class GetFacets(Message):
    """Ask for the values of a field of runs, the most frequent first."""

    project: str = "default"
    field: FacetField
    containing: str = Field("", max_length=200, description="Only values with this in them")
    limit: int = Field(50, ge=1, le=200)


class FacetValue(Part):
    """A value and how many runs have it."""

    value: str
    runs: int


class Facets(Part):
    """Values of a field."""

    values: tuple[FacetValue, ...]
    more: bool


class AnnotateRun(Message):
    """Change what people say of a run; what is left out stays."""

    run_id: RunId
    project: str = "default"
    by: Actor
    if_version: int | None = Field(None, description="Only when it is still this version")
    name: str | None = Field(None, max_length=200, description="Empty for the request's own")
    tags: tuple[Tag, ...] | None = Field(None, max_length=50)
    note: str | None = Field(None, max_length=10_000)
    archived: bool | None = None


class SavedView(Part):
    """A list to look at again."""

    view_id: str
    name: str
    resource: Resource
    filter: Filter | None = None
    sort: tuple[SortKey, ...] = ()
    fields: tuple[str, ...] = Field(default=(), description="Columns or groups to show")
    shared: bool = Field(description="Whether all of the project see it, not its owner alone")
    owner: str
    version: int
    created_at: AwareDatetime
    changed_at: AwareDatetime


class SaveView(Message):
    """Make a view, or change it: only its owner may, and anybody's whose scope is admin."""

    project: str = "default"
    by: Actor
    admin: bool = Field(default=False, description="Whether the caller may change others' views")
    view_id: str = Field(max_length=64)
    if_version: int | None = Field(
        None, description="0 to make it; else only when it is still this version"
    )
    name: str = Field(min_length=1, max_length=200)
    resource: Resource
    filter: Filter | None = None
    sort: tuple[SortKey, ...] = Field(default=(), max_length=4)
    fields: tuple[str, ...] = Field(default=(), max_length=50)
    shared: bool = False


class GetSavedView(Message):
    """Ask for a view that the caller may see."""

    project: str = "default"
    owner: str = Field(description="The caller")
    view_id: str = Field(max_length=64)


class DeleteSavedView(Message):
    """Remove a view."""

    project: str = "default"
    by: Actor
    admin: bool = False
    view_id: str = Field(max_length=64)
    if_version: int | None = None


class ListSavedViews(Message):
    """Ask for the caller's views and those that the project shares, in the order of making."""

    project: str = "default"
    owner: str = Field(description="The caller")
    resource: Resource | None = None
    after: str = Field("", max_length=64, description="Exclusive id to continue after")
    limit: int = Field(50, ge=1, le=200)


class SavedViews(Part):
    """A page of views."""

    views: tuple[SavedView, ...]
    more: bool


class Deleted(Part):
    """It is gone."""

    deleted: bool = True


SEARCH_RUNS = query("rpc.history.search_runs", SearchRuns, Found[RunEntry])
SEARCH_CANDIDATES = query("rpc.history.search_candidates", SearchInRun, Found[CandidateEntry])
SEARCH_OUTCOMES = query("rpc.history.search_outcomes", SearchInRun, Found[OutcomeEntry])
SEARCH_MUTATIONS = query("rpc.history.search_mutations", SearchInRun, Found[MutationEntry])
SEARCH_EVENTS = query("rpc.history.search_events", SearchInRun, Found[EventEntry])
GET_RUN_ENTRY = query("rpc.history.get_run_entry", GetRun, RunEntry)
GET_CANDIDATE = query("rpc.history.get_candidate", GetCandidate, CandidateDetail)
GET_LINEAGE = query("rpc.history.get_lineage", GetLineage, Lineage)
GET_SPEND = query("rpc.history.get_spend", GetSpend, SpendReport)
GET_FACETS = query("rpc.history.get_facets", GetFacets, Facets)
ANNOTATE_RUN = query("rpc.history.annotate_run", AnnotateRun, RunEntry)
SAVE_VIEW = query("rpc.history.save_view", SaveView, SavedView)
GET_SAVED_VIEW = query("rpc.history.get_saved_view", GetSavedView, SavedView)
DELETE_SAVED_VIEW = query("rpc.history.delete_saved_view", DeleteSavedView, Deleted)
LIST_SAVED_VIEWS = query("rpc.history.list_saved_views", ListSavedViews, SavedViews)

QUERIES = (
    SEARCH_RUNS,
    SEARCH_CANDIDATES,
    SEARCH_OUTCOMES,
    SEARCH_MUTATIONS,
    SEARCH_EVENTS,
    GET_RUN_ENTRY,
    GET_CANDIDATE,
    GET_LINEAGE,
    GET_SPEND,
    GET_FACETS,
    ANNOTATE_RUN,
    SAVE_VIEW,
    GET_SAVED_VIEW,
    DELETE_SAVED_VIEW,
    LIST_SAVED_VIEWS,
)
