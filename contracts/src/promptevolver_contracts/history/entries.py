"""What lists hold: runs, and what belongs to one."""

from typing import Any

from pydantic import AwareDatetime, Field

from promptevolver_contracts.base import Part
from promptevolver_contracts.faults import Fault
from promptevolver_contracts.history.lists import Found, SearchInRun, SearchRuns
from promptevolver_contracts.ids import CandidateId
from promptevolver_contracts.mutations import Mutation
from promptevolver_contracts.outcomes import OutcomeClass, StageOutput
from promptevolver_contracts.queries import CandidateSummary, GetRun, RunView
from promptevolver_contracts.rpc import Queries, query
from promptevolver_contracts.spending import Spend


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
    worth: Spend | None = Field(
        None,
        description="What all answers cost whoever paid, if some came from the cache; else None",
    )
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


SEARCH_RUNS = query("rpc.history.search_runs", SearchRuns, Found[RunEntry])
SEARCH_CANDIDATES = query("rpc.history.search_candidates", SearchInRun, Found[CandidateEntry])
SEARCH_OUTCOMES = query("rpc.history.search_outcomes", SearchInRun, Found[OutcomeEntry])
SEARCH_MUTATIONS = query("rpc.history.search_mutations", SearchInRun, Found[MutationEntry])
SEARCH_EVENTS = query("rpc.history.search_events", SearchInRun, Found[EventEntry])
GET_RUN_ENTRY = query("rpc.history.get_run_entry", GetRun, RunEntry)

QUERIES: Queries = (
    SEARCH_RUNS,
    SEARCH_CANDIDATES,
    SEARCH_OUTCOMES,
    SEARCH_MUTATIONS,
    SEARCH_EVENTS,
    GET_RUN_ENTRY,
)
