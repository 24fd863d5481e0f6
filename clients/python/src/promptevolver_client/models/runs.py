"""What the API takes and gives about runs; made by derive.py from the document."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from promptevolver_client.model import Model
from promptevolver_client.models.shared import (
    AmongInput,
    BudgetBody,
    ChatMessage,
    CompareInput,
    Comparison,
    DatasetBody,
    ErrorInfo,
    JunctionInput,
    MetricBody,
    ModelsBody,
    NegationInput,
    Parameters,
    PresenceInput,
    Program,
    ProgramBody,
    Search,
    Spend,
)

__all__ = [
    "ContinueBody",
    "ControlAccepted",
    "CountedPage",
    "EvaluationBody",
    "Export",
    "Fault",
    "FeedbackNote",
    "ForkBody",
    "LineageAnswer",
    "Mutation",
    "ReasonBody",
    "Relative",
    "RerunBody",
    "RunChanges",
    "RunDetail",
    "RunItem",
    "RunItems",
    "SearchBody",
    "StageOutput",
    "StrategyChange",
    "TopUpBody",
    "Total",
]


class ContinueBody(Model):
    """How a search is continued."""

    name: str | None = None
    """For people"""
    metrics: list[MetricBody] | None = None
    models: ModelsBody | None = None
    budget: BudgetBody | None = None
    """Of the new run alone"""
    strategy: StrategyChange | None = None
    seed: int | None = None
    """Every random decision follows from it"""
    width: int | None = None
    """Mutations in flight"""
    repeats: int | None = None
    """Answers asked for each example"""
    lane: Literal["hi", "std"] | None = None
    """`hi` overtakes `std`"""
    shard_size: int | None = None
    """Examples in one unit of work"""
    call_timeout_s: float | None = None
    response_cache: bool | None = None
    """Share answers with other runs"""
    when_exhausted: Literal["finish", "pause"] | None = None
    use_feedback: bool | None = None
    """Show operators what people say now"""
    margin: float | None = None
    """Smallest difference that matters"""
    metadata: dict[str, Any] | None = None
    """Kept, never read"""


class ControlAccepted(Model):
    """A control message that was taken in; the run acts on it within seconds."""

    task_id: str
    """Id of the run"""
    run_id: str
    """The same id"""
    state: Literal["queued", "running", "paused", "completed", "failed", "cancelled"]
    links: dict[str, str]
    """Where to go on: self, events, candidates, cancel, …"""
    trace_id: str | None
    control_id: str
    """Equal for a request repeated with its Idempotency-Key"""


class CountedPage(Model):
    """Where a list goes on, and how long it is."""

    next_cursor: str | None
    """Send it as `cursor`; null on the last page"""
    limit: int
    total: Total | None = None
    """With `include=total`"""


class EvaluationBody(Model):
    """Score a program as it is on one split of a dataset."""

    name: str = ""
    """For people"""
    program: ProgramBody
    dataset: DatasetBody
    metrics: list[MetricBody]
    models: ModelsBody = Field(default_factory=lambda: ModelsBody.model_validate({}))
    seed: int = 0
    """Every random decision follows from it"""
    repeats: int = 1
    """Answers asked for each example"""
    lane: Literal["hi", "std"] = "std"
    """`hi` overtakes `std`"""
    shard_size: int = 4
    """Examples in one unit of work"""
    call_timeout_s: float = 60
    """Deadline of each model call"""
    response_cache: bool = True
    """Share answers with other runs"""
    margin: float = 0.01
    """Smallest difference that matters"""
    metadata: dict[str, Any] | None = None
    """Kept, never read"""
    budget: BudgetBody = Field(default_factory=lambda: BudgetBody.model_validate({}))
    split: Literal["train", "validation", "test"] = "validation"
    """Which examples are scored"""


class Export(Model):
    """A run's winner, byte for byte what was scored."""

    run_id: str
    dataset_id: str
    program: Program
    """With the winner's texts"""
    original: Program
    """As it was sent"""
    messages: list[ChatMessage] | None
    """Of a single stage: components filled in, `{{ input.NAME }}` kept"""
    parameters: Parameters | None
    """Of a single stage"""
    response_format: dict[str, Any] | None
    """Of a single stage with an output schema, as it is sent"""


class Fault(Model):
    """A classified failure."""

    kind: Literal[
        "rate_limited",
        "timeout",
        "unavailable",
        "malformed",
        "bad_credentials",
        "bad_request",
        "refused",
        "over_context",
        "unusable_output",
    ]
    message: str
    retry_after_s: float | None = None
    """What the provider asked for"""


class FeedbackNote(Model):
    """One remark of a person, as it was when the run was admitted.

    A note on an example is shown to the reflecting model only beside that example, and only when
    it is a train example; one without an example holds for the whole task.
    """

    id: str
    kind: Literal["rating", "correction", "comment"]
    text: str = ""
    """In the person's words"""
    rating: float | None = None
    """0 is worst, 1 is best"""
    example_id: str | None = None
    """None: the task as a whole"""
    output: str = ""
    """Start of the output that it is about"""
    correction: str | None = None
    """What the output should have been"""


class ForkBody(Model):
    """At which candidate a run is forked, and what is to be otherwise."""

    name: str | None = None
    """For people"""
    metrics: list[MetricBody] | None = None
    models: ModelsBody | None = None
    budget: BudgetBody | None = None
    """Of the new run alone"""
    strategy: StrategyChange | None = None
    seed: int | None = None
    """Every random decision follows from it"""
    width: int | None = None
    """Mutations in flight"""
    repeats: int | None = None
    """Answers asked for each example"""
    lane: Literal["hi", "std"] | None = None
    """`hi` overtakes `std`"""
    shard_size: int | None = None
    """Examples in one unit of work"""
    call_timeout_s: float | None = None
    response_cache: bool | None = None
    """Share answers with other runs"""
    when_exhausted: Literal["finish", "pause"] | None = None
    use_feedback: bool | None = None
    """Show operators what people say now"""
    margin: float | None = None
    """Smallest difference that matters"""
    metadata: dict[str, Any] | None = None
    """Kept, never read"""
    candidate_id: str | None = None
    """Default: the run's winner"""


class LineageAnswer(Model):
    """A run's whole family tree, in the order of proposal."""

    run_id: str
    candidates: list[Relative]


class Mutation(Model):
    """One mutation with what led to it."""

    operator: str
    """reflect, critique_refine, gradient, merge, …"""
    parents: list[str]
    child: str
    components: list[str]
    """Names of the components that changed"""
    rationale: str = ""
    """The operator's reasons in words"""
    example_ids: list[str] = Field(default_factory=list)
    """Examples that it looked at"""
    feedback_ids: list[str] = Field(default_factory=list)
    """Notes of people that the operator was shown"""


class ReasonBody(Model):
    """Why, in words; kept with the run."""

    reason: str = ""


class Relative(Model):
    """A candidate in a family tree."""

    candidate_id: str
    parents: list[str] = Field(default_factory=list)
    ordinal: int
    step: int | None = None
    operator: str | None = None
    status: Literal["original", "proposed", "accepted", "rejected"]
    full_mean: float | None = None
    distance: int = 0
    """Generations away; 0 in a whole tree"""


class RerunBody(Model):
    """What is to be otherwise when a run is run again."""

    name: str | None = None
    """For people"""
    metrics: list[MetricBody] | None = None
    models: ModelsBody | None = None
    budget: BudgetBody | None = None
    """Of the new run alone"""
    strategy: StrategyChange | None = None
    seed: int | None = None
    """Every random decision follows from it"""
    width: int | None = None
    """Mutations in flight"""
    repeats: int | None = None
    """Answers asked for each example"""
    lane: Literal["hi", "std"] | None = None
    """`hi` overtakes `std`"""
    shard_size: int | None = None
    """Examples in one unit of work"""
    call_timeout_s: float | None = None
    response_cache: bool | None = None
    """Share answers with other runs"""
    when_exhausted: Literal["finish", "pause"] | None = None
    use_feedback: bool | None = None
    """Show operators what people say now"""
    margin: float | None = None
    """Smallest difference that matters"""
    metadata: dict[str, Any] | None = None
    """Kept, never read"""
    split: Literal["train", "validation", "test"] | None = None
    """Of an evaluation: what is scored"""


class RunChanges(Model):
    """What to change; null takes it back."""

    name: str | None = None
    tags: list[str] | None = None
    note: str | None = None
    archived: bool | None = None


class RunDetail(Model):
    """A run with what people say of it, and where to go on."""

    run_id: str
    project: str
    kind: Literal["optimization", "evaluation"]
    name: str
    state: Literal["queued", "running", "paused", "completed", "failed", "cancelled"]
    strategy: str
    program: str
    dataset: str
    models: dict[str, str]
    """Model names by part: task, reflection, judge"""
    simulated: bool
    """Whether a simulated provider answered"""
    requested_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    paused_reason: str | None = None
    trace_id: str | None = None
    budget: dict[str, float | None] | None = None
    spend: Spend = Field(
        default_factory=lambda: Spend.model_validate(
            {
                "calls": 0,
                "cached_calls": 0,
                "prompt_tokens": 0,
                "completion_tokens": 0,
                "usd": 0.0,
                "unpriced_calls": 0,
            }
        )
    )
    original: str | None = None
    original_mean: float | None = None
    """Original, on the whole split"""
    best: str | None = None
    best_mean: float | None = None
    winner: str | None = None
    winner_texts: dict[str, str] | None = None
    proposed: int = 0
    """Mutations made; each is then accepted or rejected"""
    accepted: int = 0
    rejected: int = 0
    shards_dispatched: int = 0
    shards_done: int = 0
    outcomes: int = 0
    verdict: (
        Literal[
            "improved", "regressed", "equivalent", "inconclusive", "too_small", "not_comparable"
        ]
        | None
    ) = None
    comparison: Comparison | None = None
    reason: str | None = None
    """Why it ended"""
    error: ErrorInfo | None = None
    last_seq: int = 0
    """Stream sequence up to which this view is complete"""
    origin_run: str | None = None
    """The run that this one descends from"""
    origin_candidate: str | None = None
    """The candidate at which that run was forked"""
    origin_relation: Literal["rerun", "fork", "continue"] | None = None
    scores: dict[str, float] | None = None
    """Mean by metric of the best candidate, or the winner"""
    tags: list[str] = Field(default_factory=list)
    note: str = ""
    archived: bool = False
    version: int = 0
    """Counts changes of name, tags, note and archived"""
    config: dict[str, Any] | None = None
    """What was asked for, without program and dataset; when asked for"""
    links: dict[str, str]


class RunItem(Model):
    """A run of a list."""

    run_id: str | None = None
    project: str | None = None
    kind: Literal["optimization", "evaluation"] | None = None
    name: str | None = None
    state: Literal["queued", "running", "paused", "completed", "failed", "cancelled"] | None = None
    strategy: str | None = None
    program: str | None = None
    dataset: str | None = None
    models: dict[str, str] | None = None
    """Model names by part: task, reflection, judge"""
    simulated: bool | None = None
    """Whether a simulated provider answered"""
    requested_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    paused_reason: str | None = None
    trace_id: str | None = None
    budget: dict[str, float | None] | None = None
    spend: Spend = Field(
        default_factory=lambda: Spend.model_validate(
            {
                "calls": 0,
                "cached_calls": 0,
                "prompt_tokens": 0,
                "completion_tokens": 0,
                "usd": 0.0,
                "unpriced_calls": 0,
            }
        )
    )
    original: str | None = None
    original_mean: float | None = None
    """Original, on the whole split"""
    best: str | None = None
    best_mean: float | None = None
    winner: str | None = None
    winner_texts: dict[str, str] | None = None
    proposed: int = 0
    """Mutations made; each is then accepted or rejected"""
    accepted: int = 0
    rejected: int = 0
    shards_dispatched: int = 0
    shards_done: int = 0
    outcomes: int = 0
    verdict: (
        Literal[
            "improved", "regressed", "equivalent", "inconclusive", "too_small", "not_comparable"
        ]
        | None
    ) = None
    comparison: Comparison | None = None
    reason: str | None = None
    """Why it ended"""
    error: ErrorInfo | None = None
    last_seq: int = 0
    """Stream sequence up to which this view is complete"""
    origin_run: str | None = None
    """The run that this one descends from"""
    origin_candidate: str | None = None
    """The candidate at which that run was forked"""
    origin_relation: Literal["rerun", "fork", "continue"] | None = None
    scores: dict[str, float] | None = None
    """Mean by metric of the best candidate, or the winner"""
    tags: list[str] = Field(default_factory=list)
    note: str = ""
    archived: bool = False
    version: int = 0
    """Counts changes of name, tags, note and archived"""
    config: dict[str, Any] | None = None
    """What was asked for, without program and dataset; when asked for"""


class RunItems(Model):
    """Runs, newest first unless sorted otherwise."""

    data: list[RunItem]
    page: CountedPage


class SearchBody(Model):
    """What is wanted of the list of runs."""

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
    """As JSON, or in its text spelling"""
    sort: list[str] = Field(default_factory=list)
    """As `-requested_at`"""
    fields: list[str] = Field(default_factory=list)
    include: list[Literal["total"]] = Field(default_factory=list)
    archived: Literal["exclude", "include", "only"] = "exclude"
    cursor: str | None = None
    limit: int = 50


class StageOutput(Model):
    """What one stage answered."""

    stage: str
    output: str


class StrategyChange(Model):
    """Another strategy, or other parameters of the same one."""

    name: str | None = None
    """Another one begins with its own defaults"""
    parameters: dict[str, Any] | None = None


class TopUpBody(Model):
    """What to add to a run's budget."""

    budget: BudgetBody
    reason: str = ""


class Total(Model):
    """How many entries the filter lets through."""

    count: int
    capped: bool
    """Whether counting stopped there and there are more"""
