"""What the API takes and gives; made by derive.py from the document."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from promptevolver_client.model import Model


class About(Model):
    """What feedback is about: an output of a run, a candidate of a run, or a prompt's version."""

    run_id: str | None = None
    candidate_id: str | None = None
    """Null for the run's winner"""
    example_id: str | None = None
    """Set for an output"""
    repeat: int = 0
    """Which of the example's answers"""
    prompt: str | None = None
    """Id or name of a prompt"""
    version: int | None = None
    """Number of the prompt's version"""


class Accepted(Model):
    """A run that was taken in."""

    task_id: str
    """Id of the run"""
    run_id: str
    """The same id"""
    state: Literal["queued", "running", "paused", "completed", "failed", "cancelled"]
    links: dict[str, str]
    """Where to go on: self, events, candidates, cancel, …"""
    trace_id: str | None


class Actor(Model):
    """The caller of a request that changes something."""

    id: str
    """`user:<id>`, `key:<id>`, `local` or `system`"""
    name: str = ""
    """Name for people to read"""
    address: str = ""
    """Network address of the caller"""
    trace_id: str | None = None
    """Trace of the request"""


class AgreementView(Model):
    """How far a metric agrees with people, beyond chance."""

    metric: str
    n: int
    """Ratings of scored outputs; the latest of each person"""
    people: int
    threshold: float
    labels: list[str]
    confusion: list[list[int]]
    """Rows: what people said, columns: what the metric said"""
    observed: float | None = None
    """Share of equal labels"""
    kappa: float | None = None
    """Cohen's; null when all labels are equal"""
    low: float | None = None
    high: float | None = None
    weighted_kappa: float | None = None
    """Over five equal bins with quadratic weights"""
    people_alpha: float | None = None
    """Krippendorff's alpha among people, where several rated one output"""
    mean_score: float | None = None
    mean_rating: float | None = None
    confidence: float = 0.95
    method: str
    disagreements: list[RatedOutput] = Field(default_factory=list)
    """The twenty that lie furthest apart"""


class AmongInput(Model):
    """A field against several values."""

    op: Literal["in", "not in"]
    field: str | list[str]
    values: list[bool | int | float | str]


class AmongOutput(Model):
    """A field against several values."""

    op: Literal["in", "not in"]
    field: list[str]
    values: list[bool | int | float | str]


class ApiKey(Model):
    """A key of a project, without its secret."""

    key_id: str
    project: str
    name: str
    prefix: str
    """The readable part of the key: pe_<prefix>_…"""
    scopes: list[
        Literal[
            "runs:read",
            "runs:write",
            "data:read",
            "data:write",
            "prompts:read",
            "prompts:write",
            "feedback:read",
            "feedback:write",
            "exports:write",
            "webhooks:write",
            "admin",
        ]
    ]
    created_by: str
    """Who made it, as the audit log names them"""
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    """To the minute"""
    last_address: str | None = None
    replaced_by: str | None = None
    """The key that a rotation made"""


class ArchiveSeed(Model):
    """A candidate that a run knows from its start."""

    candidate_id: str
    """As the run that it comes from knew it"""
    texts: dict[str, str]
    """Component texts that differ"""


class Attempt(Model):
    """One attempt to deliver."""

    number: int
    at: datetime
    duration_ms: float
    status: int | None = None
    """HTTP status; null when there was no answer"""
    error: str | None = None
    """Why it counts as failed"""
    response: str = ""
    """Beginning of the answer's body"""


class AuditEvent(Model):
    """A sensitive act that was done."""

    id: int
    at: datetime
    project: str | None
    """None for what concerns no single project"""
    actor: Actor
    action: str
    """`<noun>.<past verb>`"""
    target: str
    """What it was done to"""
    details: dict[str, Any] | None = None


class AuditList(Model):
    """A page of the audit log."""

    data: list[AuditEvent]
    page: Page


class Author(Model):
    """Who made something, as it is shown."""

    id: str
    name: str = ""


class Average(Model):
    """A side's own mean of a metric."""

    mean: float
    interval: Bounds | None = None


class BenchBody(Model):
    """A metric's parameters, and outputs to try it on."""

    parameters: dict[str, Any] | None = None
    judge: str | ModelBody | None = None
    """Null: the installation's judge model"""
    samples: list[SampleBody]


class Bounds(Model):
    """An interval with the method that made it."""

    low: float
    high: float
    method: str


class Budget(Model):
    """Caps of a run; None is no cap. At least one should be set."""

    calls: int | None = None
    """Paid model calls"""
    tokens: int | None = None
    """Prompt and completion tokens together"""
    usd: float | None = None
    """US dollars, at list prices"""
    seconds: float | None = None
    """Wall time since the run started"""


class BudgetBody(Model):
    """Caps; what is left out is not capped."""

    calls: int | None = None
    """Paid model calls"""
    tokens: int | None = None
    """Prompt and completion tokens together"""
    usd: float | None = None
    """US dollars, at list prices"""
    seconds: float | None = None
    """Wall time since the run started"""


class CandidateAnswer(Model):
    """A candidate with its family, its scores, what was decided, and what it changed."""

    candidate: CandidateEntry
    mutations: list[MutationEntry] = Field(default_factory=list)
    """What made it; more than one when it was found again"""
    parent_texts: dict[str, dict[str, str]] | None = None
    ancestors: list[Relative] = Field(default_factory=list)
    """Nearest first"""
    children: list[Relative] = Field(default_factory=list)
    measurements: list[Measurement] = Field(default_factory=list)
    decisions: list[Decision] = Field(default_factory=list)
    diffs: dict[str, dict[str, str]]
    """By parent and component: unified diff from the parent's text to this one"""


class CandidateEntry(Model):
    """A candidate in a list."""

    candidate_id: str
    step: int | None = None
    parents: list[str] = Field(default_factory=list)
    operator: str | None = None
    status: Literal["original", "proposed", "accepted", "rejected"]
    full_mean: float | None = None
    """Mean on the whole validation split; of an evaluation, on its split"""
    full_examples: int = 0
    texts: dict[str, str] | None = None
    pinned: bool = False
    """Whether somebody keeps it in play"""
    vetoed: bool = False
    """Whether somebody rules it out"""
    ordinal: int
    """Stream sequence of the fact that brought it"""
    scores: dict[str, float] | None = None
    """Mean by metric over all its outcomes on that split"""


class CandidateItem(Model):
    """A candidate of a list."""

    candidate_id: str | None = None
    step: int | None = None
    parents: list[str] = Field(default_factory=list)
    operator: str | None = None
    status: Literal["original", "proposed", "accepted", "rejected"] | None = None
    full_mean: float | None = None
    """Mean on the whole validation split; of an evaluation, on its split"""
    full_examples: int = 0
    texts: dict[str, str] | None = None
    pinned: bool = False
    """Whether somebody keeps it in play"""
    vetoed: bool = False
    """Whether somebody rules it out"""
    ordinal: int | None = None
    """Stream sequence of the fact that brought it"""
    scores: dict[str, float] | None = None
    """Mean by metric over all its outcomes on that split"""


class CandidateItems(Model):
    """Candidates, in the order of their proposal unless sorted otherwise."""

    data: list[CandidateItem]
    page: CountedPage


class CandidateList(Model):
    """Candidates in the order in which they were proposed."""

    data: list[CandidateSummary]
    page: Page


class CandidateSummary(Model):
    """A candidate of a run."""

    candidate_id: str
    step: int | None = None
    parents: list[str] = Field(default_factory=list)
    operator: str | None = None
    status: Literal["original", "proposed", "accepted", "rejected"]
    full_mean: float | None = None
    """Mean on the whole validation split; of an evaluation, on its split"""
    full_examples: int = 0
    texts: dict[str, str] | None = None
    pinned: bool = False
    """Whether somebody keeps it in play"""
    vetoed: bool = False
    """Whether somebody rules it out"""


class ChangeCounts(Model):
    """How many items changed."""

    added: int
    removed: int
    changed: int
    """With other content, wherever they are"""
    moved: int
    """In another split, with or without other content"""
    unchanged: int


class ChangeList(Model):
    """Changes in the order of item ids."""

    counts: ChangeCounts
    data: list[ItemChange]
    page: Page


class ChatMessage(Model):
    """One message of a model call."""

    role: Literal["system", "user", "assistant"]
    content: str


class CommitBody(Model):
    """What a version is about."""

    note: str = ""
    expected_version: int | None = None
    """Refuse when this is not the latest version; 0: there is none"""


class CompareInput(Model):
    """A field against a value.

    `contains` looks for a part of a text, `like` matches a whole text with `%` for anything and
    `_` for one character; both ignore case.
    """

    op: Literal["=", "!=", "<", "<=", ">", ">=", "contains", "like"]
    field: str | list[str]
    value: bool | int | float | str


class CompareOutput(Model):
    """A field against a value.

    `contains` looks for a part of a text, `like` matches a whole text with `%` for anything and
    `_` for one character; both ignore case.
    """

    op: Literal["=", "!=", "<", "<=", ">", ">=", "contains", "like"]
    field: list[str]
    value: bool | int | float | str


class ComparedExample(Model):
    """An example on both sides."""

    example_id: str
    change: Literal["improved", "regressed", "unchanged", "missing"]
    delta: float | None
    """None where a side is missing"""
    rank: float
    """What the list is sorted by"""
    edited: bool = False
    """The versions' contents differ; not paired"""
    inputs: str = ""
    """JSON, cut to a preview"""
    expected: str = ""
    """JSON, cut to a preview"""
    cluster: str | None = None
    baseline: ExampleSide | None = None
    candidate: ExampleSide | None = None


class ComparedExampleList(Model):
    """Examples on both sides, sorted by what changed."""

    data: list[ComparedExample]
    page: Page
    split: Literal["train", "validation", "test"]
    counts: dict[str, int]
    """Of the whole split, whatever is listed"""


class ComparedRun(Model):
    """One side of a comparison."""

    run_id: str
    candidate_id: str | None = None
    """Which candidate; without it the winner, else the best so far"""


class Comparison(Model):
    """The sealed exam: original against winner on the same test examples."""

    n: int
    mean_original: float
    mean_winner: float
    difference: float
    low: float | None
    """Lower bound of the interval; None when there is none"""
    high: float | None
    confidence: float = 0.95
    p_value: float | None = None
    method: str
    """Which interval and test"""
    effect_size: float | None = None
    wins: int = 0
    ties: int = 0
    losses: int = 0
    needed_n: int | None = None
    """Examples that a clear answer would need"""
    verdict: Literal[
        "improved", "regressed", "equivalent", "inconclusive", "too_small", "not_comparable"
    ]


class ComparisonView(Model):
    """A comparison of runs with a baseline."""

    id: str
    """The same question has the same id"""
    project: str
    baseline: Side
    comparisons: list[PairComparison]
    omnibus: OmnibusTest | None = None
    split: Literal["train", "validation", "test"]
    margin: float
    confidence: float
    gates: list[str]
    finished: bool
    """While a run goes on there are no tests, and none is kept"""
    notes: list[str] = Field(default_factory=list)
    """What a reader should bear in mind"""
    methods: Methods
    computed_at: datetime


class Component(Model):
    """A named text of a program that may evolve."""

    kind: Literal["instruction", "persona", "demonstrations", "schema_description"] = "instruction"
    """What the text is for"""
    text: str
    """The text itself; never read as a template"""
    evolve: bool = True
    """Whether mutations may change it"""
    max_chars: int = 8000
    """Longest text a mutation may give"""


class ComponentBody(Model):
    """A named text of a program that may evolve."""

    kind: Literal["instruction", "persona", "demonstrations", "schema_description"] = "instruction"
    """What the text is for"""
    text: str
    """The text itself; never read as a template"""
    evolve: bool = True
    """Whether mutations may change it"""
    max_chars: int = 8000
    """Longest text a mutation may give"""


class ConfigDifference(Model):
    """One place where the two requests differ."""

    path: str
    """JSONPath, such as $.models.task.model"""
    baseline: Any = None
    """Null when absent; long texts are cut"""
    candidate: Any = None


class ContentBody(Model):
    """What a template says."""

    title: str
    description: str = ""
    task: Literal[
        "classification",
        "extraction",
        "summarization",
        "question_answering",
        "rewriting",
        "translation",
        "judging",
        "other",
    ] = "other"
    parameters: dict[str, Any] | None = None
    """JSON Schema of each parameter, by name; with a default"""
    program: dict[str, Any]
    """As /optimize takes it, with parameters"""
    metrics: list[Any]
    """As /optimize takes them, with parameters"""
    budget: dict[str, Any]
    """As /optimize takes it, with parameters"""
    strategy: dict[str, Any] | None = None
    models: dict[str, Any] | None = None
    settings: dict[str, Any] | None = None
    """Other fields of /optimize: width, repeats, margin, …"""
    dataset_id: str | None = None
    """Example data: a stored version that runs take when none is given"""


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


class CopyBody(Model):
    """What the copy is called."""

    name: str


class CountedPage(Model):
    """Where a list goes on, and how long it is."""

    next_cursor: str | None
    """Send it as `cursor`; null on the last page"""
    limit: int
    total: Total | None = None
    """With `include=total`"""


class Dataset(Model):
    """A named dataset of a project."""

    dataset_id: str
    name: str
    description: str
    metadata: dict[str, Any] | None = None
    input_schema: dict[str, Any] | None = None
    """JSON Schema that the inputs of each item must meet"""
    expected_schema: dict[str, Any] | None = None
    """JSON Schema that the expected value of each item must meet"""
    draft: DatasetDraft
    latest: DatasetVersion | None = None
    """The version committed last"""
    revision: int
    """Grows with every change to the dataset or its draft"""
    created_at: datetime
    created_by: str
    updated_at: datetime
    archived_at: datetime | None = None


class DatasetBody(Model):
    """A dataset version: a named dataset's, any that is stored, or the examples themselves."""

    id: str | None = None
    """SHA-256 of a version sent before"""
    dataset_id: str | None = None
    """A named dataset"""
    version: int | Literal["latest"] | None = None
    """Of the named dataset; `latest` when left out"""
    name: str = "dataset"
    examples: list[ExampleBody] | None = None


class DatasetChangesBody(Model):
    """What to change of a dataset; what is left out stays."""

    name: str | None = None
    description: str | None = None
    metadata: dict[str, Any] | None = None
    input_schema: dict[str, Any] | None = None
    """null takes the schema away"""
    expected_schema: dict[str, Any] | None = None
    """null takes the schema away"""


class DatasetDraft(Model):
    """What the next version would be made of."""

    sizes: dict[str, int]
    """Number of items by split"""
    changed: bool
    """Whether it was touched since the latest version"""


class DatasetList(Model):
    """Datasets, newest first."""

    data: list[Dataset]
    page: Page


class DatasetRef(Model):
    """A dataset version by its content hash, with its sizes."""

    id: str
    """SHA-256 of the examples in canonical form"""
    name: str
    sizes: dict[str, int]
    """Number of examples by split"""
    dataset_id: str | None = None
    """The named dataset that it was found by"""
    version: int | None = None
    """The version's number in that dataset"""


class DatasetVersion(Model):
    """A committed state of a dataset."""

    number: int
    content_id: str
    """Hash of the content; runs refer to it"""
    sizes: dict[str, int]
    """Number of items by split"""
    note: str
    parent: int | None = None
    """The version that the draft started from"""
    created_at: datetime
    created_by: str


class DatasetVersionList(Model):
    """Versions, newest first."""

    data: list[DatasetVersion]
    page: Page


class Decision(Model):
    """A candidate was accepted or rejected, and why."""

    accepted: bool
    evidence: Evidence
    step: int | None = None
    seq: int
    at: datetime


class DeliveryList(Model):
    """Deliveries, newest first."""

    data: list[DeliverySummary]
    page: Page


class DeliverySummary(Model):
    """An event on its way to a webhook."""

    delivery_id: str
    """Sent as `webhook-id`: the same in every attempt"""
    webhook_id: str
    event_type: str
    state: Literal["pending", "delivered", "failed"]
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None = None
    """Null when none will follow"""
    delivered_at: datetime | None = None
    redelivery_of: str | None = None
    """The delivery that this one repeats"""


class DeliveryView(Model):
    """A delivery with what is sent and how each attempt went."""

    delivery_id: str
    """Sent as `webhook-id`: the same in every attempt"""
    webhook_id: str
    event_type: str
    state: Literal["pending", "delivered", "failed"]
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None = None
    """Null when none will follow"""
    delivered_at: datetime | None = None
    redelivery_of: str | None = None
    """The delivery that this one repeats"""
    payload: dict[str, Any]
    log: list[Attempt]
    """Newest last; the last fifty"""


class DraftExample(Model):
    """An example on its way into a draft; without a split it keeps the one it has."""

    id: str
    inputs: dict[str, Any]
    expected: Any = None
    split: Literal["train", "validation", "test"] | None = None
    cluster: str | None = None
    metadata: dict[str, Any] | None = None


class DraftItem(Model):
    """Where a correction went: an item of a dataset's draft."""

    dataset_id: str
    example_id: str


type ErrorCode = Literal[
    "invalid_request",
    "unauthenticated",
    "forbidden",
    "not_found",
    "conflict",
    "precondition_failed",
    "verdict_required",
    "idempotency_mismatch",
    "too_large",
    "too_many_runs",
    "spend_limit_reached",
    "rate_limited",
    "cursor_filter_mismatch",
    "unknown_strategy",
    "unknown_metric",
    "unknown_dataset",
    "price_unknown",
    "budget_too_small",
    "gave_up",
    "unavailable",
    "internal",
]
"""Stable names of what can go wrong; documented in the errors reference."""


class ErrorInfo(Model):
    """A failure as services answer it to one another."""

    code: ErrorCode
    detail: str
    errors: list[FieldError] = Field(default_factory=list)
    retry_after_s: float | None = None


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


class Evaluator(Model):
    """A metric kind."""

    kind: str
    description: str
    needs_judge: bool
    """Whether it asks a judge model, which is paid"""
    parameters: dict[str, Any]
    """JSON Schema of its parameters"""


class EvaluatorList(Model):
    """All metric kinds that evaluators have."""

    data: list[Evaluator]


class EventItem(Model):
    """A line of a run's log."""

    seq: int | None = None
    type: str | None = None
    at: datetime | None = None
    step: int | None = None
    line: str | None = None
    """What happened, for people"""
    trace_id: str | None = None
    payload: dict[str, Any] | None = None
    """Word for word; when asked for"""


class EventItems(Model):
    """What happened, from the beginning unless sorted otherwise."""

    data: list[EventItem]
    page: CountedPage


class Evidence(Model):
    """Why a decision fell as it did: a paired comparison on the same examples."""

    examples: int = 0
    mean_difference: float = 0
    """Child minus parent"""
    wins: int = 0
    ties: int = 0
    losses: int = 0
    e_value: float | None = None
    """Evidence for the child; 1/alpha decides"""
    p_value: float | None = None
    reason: str = ""
    """The rule that decided, in words"""


class ExampleBody(Model):
    """Inputs and what is expected of them."""

    id: str
    """Unique within the dataset"""
    inputs: dict[str, Any]
    """Values for the program's `{{ input.NAME }}`"""
    expected: Any = None
    """What the metrics compare the output with"""
    split: Literal["train", "validation", "test"]
    """train and validation are searched on; test is sealed"""
    cluster: str | None = None
    """Examples of one source share it; intervals respect it"""
    metadata: dict[str, Any] | None = None


class ExampleSide(Model):
    """What a side made of an example."""

    output: str
    """The first repeat's, cut to a preview"""
    score: float | None
    """Mean over repeats of the metric asked for"""
    scores: dict[str, float] | None = None
    """The first repeat's"""
    feedback: str = ""
    """The first repeat's, cut to a preview"""
    repeats: int
    candidate_faults: int = 0
    usd: float = 0
    latency_ms: float = 0


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


class FacetAnswer(Model):
    """Values of a field, the most frequent first."""

    field: str
    data: list[FacetValue]
    more: bool
    """Whether there are more; narrow by `containing`"""


class FacetValue(Model):
    """A value and how many runs have it."""

    value: str
    runs: int


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


class FeedbackBody(Model):
    """What somebody says, and about what.

    About an output: `run_id`, `example_id` and, unless it is the winner's, `candidate_id`. About a
    candidate: the same without the example. About a prompt's version, as an application uses it:
    `prompt` and `version`, with `inputs` and `output` where they are known.
    """

    run_id: str | None = None
    candidate_id: str | None = None
    """Null for the run's winner"""
    example_id: str | None = None
    repeat: int = 0
    """Which of the example's answers"""
    prompt: str | None = None
    """Id or name of a prompt"""
    version: int | None = None
    rating: float | None = None
    """0 is worst, 1 is best; a thumb is 0 or 1"""
    metric: str | None = None
    """The metric that the rating judges; null: the whole"""
    correction: Any = None
    """What the output should have been; it becomes a draft item of a dataset"""
    comment: str = ""
    inputs: dict[str, Any] | None = None
    """Of an output outside of runs"""
    output: str | None = None
    """An output outside of runs"""
    dataset_id: str | None = None
    """Whose draft takes the correction; null: the dataset that the run used"""


class FeedbackList(Model):
    """Feedback, newest first."""

    data: list[FeedbackView]
    page: Page


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


class FeedbackView(Model):
    """Feedback as it is kept."""

    feedback_id: str
    project: str
    target: Literal["output", "candidate", "prompt_version"]
    about: About
    opinion: Opinion
    inputs: dict[str, Any] | None = None
    """Inputs of the output, where known"""
    output: str | None = None
    """The output that it is about, its beginning"""
    draft_item: DraftItem | None = None
    """Item made of the correction; null when there is none"""
    draft_note: str | None = None
    """Why a correction made no item"""
    used_by: list[str] = Field(default_factory=list)
    """Runs in which an operator was shown it; the newest twenty"""
    created_at: datetime
    created_by: str
    withdrawn_at: datetime | None = None


class FieldChange(Model):
    """A setting with another value."""

    field: str
    """Path of the field, as `parameters.temperature`"""
    before: Any
    """Null where there was none"""
    after: Any
    """Null where there is none"""


class FieldError(Model):
    """One field's fault."""

    pointer: str
    """JSON Pointer into the request, e.g. /dataset/examples/3/id"""
    message: str
    """What is wrong and how to mend it"""
    code: str = "invalid"
    allowed: list[str] | None = None
    """What would be accepted"""
    position: int | None = None
    """Of a text, the character where it shows"""


class Finding(Model):
    """One kind of doubt, with examples."""

    groups: int
    """Groups of items that share it"""
    items: int
    """Items concerned"""
    examples: list[Suspects] = Field(default_factory=list)


class FlipTable(Model):
    """Examples that only one side got right; given where all scores are 0 or 1."""

    gained: int
    """Right for the candidate alone"""
    lost: int
    """Right for the baseline alone"""
    exact_p: float
    """McNemar's exact test beside the mid-p one"""
    odds_ratio: float | None = None
    """gained / lost; None when unbounded"""
    odds_low: float | None = None
    odds_high: float | None = None
    """None when unbounded"""


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


class GuardBody(Model):
    """What a move of a label needs."""

    verdict: bool = True
    """The version must have won a run with the verdict `improved`, of a real provider unless the installation is simulated; else the move needs an override with a reason"""
    admins_only: bool = False
    """Whether admins alone may move it"""


class HealthAnswer(Model):
    """Whether everything behind the API answers."""

    status: str
    """`ok`, or `degraded` when a check does not hold"""
    checks: dict[str, bool]
    queues: dict[str, QueueLoad]
    models: dict[str, str | None]
    """Defaults by part"""
    simulated: bool
    """Whether the default models are simulated"""
    version: str


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


class InstanceBody(Model):
    """Values for the template's parameters, and data."""

    parameters: dict[str, Any] | None = None
    """Those left out take their defaults"""
    dataset: DatasetBody | None = None
    """By default the template's example data"""


class Invitation(Model):
    """A place that waits for somebody to register."""

    invitation_id: str
    email: str
    project: str
    role: Literal["viewer", "editor", "admin"]
    invited_by: str
    created_at: datetime
    expires_at: datetime


class InvitationBody(Model):
    """Who is invited, as what."""

    email: str
    role: Literal["viewer", "editor", "admin"] = "viewer"
    days: int = 7
    """How long the invitation is good"""


class InvitationList(Model):
    """A page of open invitations."""

    data: list[Invitation]
    page: Page


class InvitationMade(Model):
    """An invitation, with its token for this one time."""

    invitation: Invitation
    token: str
    """Give it to who is invited; it is shown only now"""


class Item(Model):
    """An example of a draft or version."""

    id: str
    """Unique within the dataset"""
    inputs: dict[str, Any]
    """Values for the program's `{{ input.NAME }}`"""
    expected: Any = None
    """What the metrics compare the output with"""
    split: Literal["train", "validation", "test"]
    """train and validation are searched on; test is sealed"""
    cluster: str | None = None
    """Examples of one source share it; intervals respect it"""
    metadata: dict[str, Any] | None = None
    sealed: bool = False
    """In the test split of a version: it stays there until unsealed"""


class ItemBody(Model):
    """An item as it is to be, but for its id."""

    inputs: dict[str, Any]
    """Values for the program's `{{ input.NAME }}`"""
    expected: Any = None
    """What the metrics compare the output with"""
    split: Literal["train", "validation", "test"] | None = None
    """Left out: the one it has, else train"""
    cluster: str | None = None
    metadata: dict[str, Any] | None = None


class ItemChange(Model):
    """What became of an item."""

    item_id: str
    change: Literal["added", "removed", "changed", "moved"]
    split_before: Literal["train", "validation", "test"] | None = None
    split_after: Literal["train", "validation", "test"] | None = None
    fields: list[ItemFieldChange] = Field(default_factory=list)
    """The first differences of its content"""


class ItemChangesBody(Model):
    """What to change of an item; what is left out stays. Objects are replaced as a whole."""

    inputs: dict[str, Any] | None = None
    expected: Any = None
    split: Literal["train", "validation", "test"] | None = None
    cluster: str | None = None
    metadata: dict[str, Any] | None = None


class ItemFieldChange(Model):
    """A value that differs. Long values are cut."""

    pointer: str
    """JSON Pointer into the item"""
    before: str | None = None
    """As JSON; None: it was not there"""
    after: str | None = None
    """As JSON; None: it is not there any more"""


class ItemList(Model):
    """Items in order."""

    data: list[Item]
    page: Page


class ItemsBody(Model):
    """Some items at once."""

    items: list[NewItem]
    mode: Literal["append", "upsert"] = "upsert"
    """`append` refuses ids that the draft has"""


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


class JunctionInput(Model):
    """All of several terms, or at least one of them."""

    op: Literal["and", "or"]
    terms: list[CompareInput | AmongInput | PresenceInput | Search | NegationInput | JunctionInput]


class JunctionOutput(Model):
    """All of several terms, or at least one of them."""

    op: Literal["and", "or"]
    terms: list[
        CompareOutput | AmongOutput | PresenceOutput | Search | NegationOutput | JunctionOutput
    ]


class KeyList(Model):
    """A page of API keys."""

    data: list[ApiKey]
    page: Page


class KeyMade(Model):
    """A key, with its text for this one time."""

    api_key: ApiKey
    key: str
    """Send it as `Authorization: Bearer …`; it is shown only now"""


class LabelGuard(Model):
    """What a move of a label needs."""

    verdict: bool = True
    """The version must have won a run with the verdict `improved`, of a real provider unless the installation is simulated; else the move needs an override with a reason"""
    admins_only: bool = False
    """Whether admins alone may move it"""


class LabelMove(Model):
    """One move of a label."""

    number: int
    """Grows with every move"""
    label: str
    kind: Literal["moved", "rolled_back", "removed"]
    before: int | None
    """Version before; null when it pointed nowhere"""
    after: int | None
    """Version after; null when it was removed"""
    verdict: (
        Literal[
            "improved", "regressed", "equivalent", "inconclusive", "too_small", "not_comparable"
        ]
        | None
    ) = None
    """Of the version that it moved to"""
    override: str | None = None
    """Why the needed verdict was set aside; null when it was not"""
    reason: str = ""
    at: datetime
    by: Author


class LabelView(Model):
    """Where a label points."""

    prompt_id: str
    name: str
    """Of the prompt"""
    label: str
    version: int
    revision: int
    """Number of the move that brought it here"""
    reason: str = ""
    moved_at: datetime
    moved_by: Author


class LabelledVersion(Model):
    """What an application fetches: the version that a label points to."""

    label: LabelView
    version: VersionView


class Lengths(Model):
    """How large items are, in bytes of JSON."""

    smallest: int
    median: int
    p95: int
    largest: int


class LimitsBody(Model):
    """A project's own limits; null is what the settings say. Only operators change them."""

    max_active_runs: int | None = None
    daily_usd: float | None = None


class LineFault(Model):
    """What is wrong with one line of an imported file."""

    line: int
    """From 1; 0 for the file as a whole"""
    code: str
    message: str
    """What is wrong and how to mend it"""


class LineageAnswer(Model):
    """A run's whole family tree, in the order of proposal."""

    run_id: str
    candidates: list[Relative]


class Me(Model):
    """Who calls, and what they may do."""

    id: str
    """`user:<id>`, `key:<id>` or `local`"""
    name: str
    user: User | None = None
    """The user, when a user calls"""
    project: str | None
    """The project of this call; null when there is none"""
    scopes: list[
        Literal[
            "runs:read",
            "runs:write",
            "data:read",
            "data:write",
            "prompts:read",
            "prompts:write",
            "feedback:read",
            "feedback:write",
            "exports:write",
            "webhooks:write",
            "admin",
        ]
    ]
    """What may be done in it"""
    projects: list[Membership]
    """Where else one belongs"""
    operator: bool
    session_id: str | None
    expires_at: datetime | None


class MeBody(Model):
    """What people may change about themselves."""

    name: str


class Measurement(Model):
    """A mean that was taken of a candidate."""

    kind: Literal["minibatch", "screening", "full", "exam"]
    split: Literal["train", "validation", "test"]
    examples: int
    mean: float
    means: dict[str, float] | None = None
    """By metric"""
    faults: int = 0
    seq: int
    at: datetime


class Member(Model):
    """A user in a project."""

    user_id: str
    email: str
    name: str
    role: Literal["viewer", "editor", "admin"]
    since: datetime


class MemberBody(Model):
    """A user, by address or id, and their role."""

    email: str | None = None
    user_id: str | None = None
    role: Literal["viewer", "editor", "admin"]


class MemberList(Model):
    """A page of members."""

    data: list[Member]
    page: Page


class Membership(Model):
    """A project that a user belongs to, and what they are there."""

    project: str
    name: str
    role: Literal["viewer", "editor", "admin"]
    archived: bool = False


class MessageBody(Model):
    """One message of a model call."""

    role: Literal["system", "user", "assistant"]
    content: str


class Methods(Model):
    """How the numbers came about; the same inputs and methods give the same numbers."""

    version: str
    """Of the methods; another one is computed anew"""
    seed: int
    """Of resampling and sign flips"""
    inputs_hash: str
    """SHA-256 of every score that went in"""
    families: dict[str, str] | None = None
    """Which adjustment belongs to which family of tests"""


class MetricBody(Model):
    """What is measured and how it weighs."""

    name: str
    """Name of the score in outcomes"""
    kind: str
    """Which metric: exact_match, json_fields, llm_judge, …"""
    parameters: dict[str, Any] | None = None
    """The metric's own"""
    weight: float = 1.0
    """Share in the overall score; 0 only reports"""
    minimum: float | None = None
    """A constraint: below it the overall score is 0"""


class MetricComparison(Model):
    """One metric of two sides, paired by example."""

    metric: str
    """`score` is the weighted score"""
    gate: bool
    """Whether a claim is made on it, or it is explored only"""
    n: int
    """Pairs of examples that have it on both sides"""
    baseline: Average | None = None
    candidate: Average | None = None
    difference: float | None = None
    percentage: float | None = None
    """Difference in % of the baseline's mean"""
    interval: Bounds | None = None
    p_value: float | None = None
    """Raw, two-sided"""
    p_adjusted: float | None = None
    adjustment: Literal["holm", "benjamini_hochberg"] | None = None
    p_joint: float | None = None
    """Joint max-T sign-flip over the gate metrics; less strict than Holm"""
    test: str | None = None
    """mcnemar_mid_p, sign_flip, clustered_sign_flip"""
    effect_size: float | None = None
    """Cohen's d_z"""
    wins: int = 0
    ties: int = 0
    losses: int = 0
    flips: FlipTable | None = None
    verdict: Literal[
        "improved", "regressed", "equivalent", "inconclusive", "too_small", "not_comparable"
    ]
    needed_n: int | None = None
    """Examples that would settle it, 80 % power"""
    detectable: float | None = None
    """Smallest difference that this many examples show with 80 % power"""
    not_worse: bool | None = None
    """Non-inferior: interval above -margin"""
    not_worse_p: float | None = None
    """One-sided t against -margin"""
    equivalent_p: float | None = None
    """Two one-sided t tests within the margin"""
    if_missing_were_zero: float | None = None
    """The difference if every example missing on one side scored 0 there"""


class MetricSpec(Model):
    """One metric of a run. The kinds come from the evaluator's registry."""

    name: str
    """Name of the score in outcomes"""
    kind: str
    """Which metric: exact_match, json_fields, llm_judge, …"""
    parameters: dict[str, Any] | None = None
    """The metric's own"""
    weight: float = 1.0
    """Share in the overall score; 0 only reports"""
    minimum: float | None = None
    """A constraint: below it the overall score is 0"""


class ModelBody(Model):
    """A model by its LiteLLM name, with what it is asked with."""

    model: str
    """openai/gpt-…, ollama/…, …"""
    parameters: ParametersBody = Field(
        default_factory=lambda: ParametersBody.model_validate({"max_tokens": 2048, "stop": []})
    )
    fallbacks: list[str] = Field(default_factory=list)
    """Models asked in turn when this one is unavailable"""


class ModelSpec(Model):
    """A model by its LiteLLM name. Addresses and keys are settings of the services, never sent."""

    model: str
    """openai/gpt-…, ollama/…, …"""
    parameters: Parameters | None = None
    """For reflection and judging; a stage brings its own"""
    fallbacks: list[str] = Field(default_factory=list)
    """Models asked in turn when this one is unavailable"""


class Models(Model):
    """Which model plays which part."""

    task: ModelSpec
    """Runs the program"""
    reflection: ModelSpec
    """Writes mutations"""
    judge: ModelSpec | None = None
    """Judges outputs; needed by llm_judge"""


class ModelsBody(Model):
    """Which model plays which part: a name, or a name with parameters."""

    task: str | ModelBody | None = None
    """Runs the program; default by setting"""
    reflection: str | ModelBody | None = None
    """Writes mutations; default by setting, else the task model"""
    judge: str | ModelBody | None = None
    """Judges outputs; needed by llm_judge"""


class MoveBody(Model):
    """Where a label shall point."""

    version: int
    reason: str = ""
    override: OverrideBody | None = None


class MoveList(Model):
    """Moves of a label, newest first."""

    data: list[LabelMove]
    page: Page


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


class MutationEntry(Model):
    """A mutation in a list."""

    seq: int
    step: int | None = None
    mutation: Mutation
    at: datetime


class MutationItem(Model):
    """A mutation of a list."""

    seq: int | None = None
    step: int | None = None
    mutation: Mutation | None = None
    at: datetime | None = None


class MutationItems(Model):
    """Mutations, in their order unless sorted otherwise."""

    data: list[MutationItem]
    page: CountedPage


class NamedDatasetBody(Model):
    """A new dataset."""

    name: str
    """Unique among the project's datasets, in any case"""
    description: str = ""
    metadata: dict[str, Any] | None = None
    """Kept, never read"""
    input_schema: dict[str, Any] | None = None
    """JSON Schema (2020-12) that the inputs of each item must meet"""
    expected_schema: dict[str, Any] | None = None
    """JSON Schema (2020-12) that each expected value must meet"""


class NegationInput(Model):
    """The opposite."""

    op: Literal["not"] = "not"
    term: CompareInput | AmongInput | PresenceInput | Search | NegationInput | JunctionInput


class NegationOutput(Model):
    """The opposite."""

    op: Literal["not"] = "not"
    term: CompareOutput | AmongOutput | PresenceOutput | Search | NegationOutput | JunctionOutput


class NewItem(Model):
    """An item with its id."""

    id: str
    inputs: dict[str, Any]
    expected: Any = None
    split: Literal["train", "validation", "test"] | None = None
    cluster: str | None = None
    metadata: dict[str, Any] | None = None


class NewKeyBody(Model):
    """A key for a program."""

    name: str
    scopes: list[
        Literal[
            "runs:read",
            "runs:write",
            "data:read",
            "data:write",
            "prompts:read",
            "prompts:write",
            "feedback:read",
            "feedback:write",
            "exports:write",
            "webhooks:write",
            "admin",
        ]
    ]
    """Some of your own"""
    expires_at: datetime | None = None
    """Null: until it is revoked"""


class NewProjectBody(Model):
    """A project."""

    id: str | None = None
    """Made up when left out; it never changes"""
    name: str
    description: str = ""


class NewUserBody(Model):
    """A user that an operator makes."""

    email: str
    name: str
    password: str | None = None
    """Left out for who signs in at the external issuer"""
    is_operator: bool = False


class NotComparable(Model):
    """What cannot be compared, or only with care, and why."""

    what: Literal[
        "unfinished",
        "no_outcomes",
        "low_overlap",
        "simulated_and_real",
        "edited_examples",
        "other_dataset_version",
        "other_metric",
        "other_judge",
        "absent_metric",
        "other_repeats",
    ]
    detail: str
    metric: str | None = None
    """The one concerned; None for all"""
    blocks: bool
    """Whether no verdict is given because of it"""


class OmnibusTest(Model):
    """Whether any of three or more runs differs, on the weighted score."""

    method: Literal["cochran_q", "friedman"]
    n: int
    """Examples, or clusters, that all runs share"""
    runs: int
    statistic: float
    freedom: int
    p_value: float


class Opinion(Model):
    """What somebody says; at least one of rating, correction and comment."""

    rating: float | None = None
    """0 is worst, 1 is best; a thumb is 0 or 1"""
    metric: str | None = None
    """The metric that the rating judges; null: the whole"""
    correction: Any = None
    """What the output should have been"""
    comment: str = ""


class OptimizeBody(Model):
    """Evolve a program against a dataset, under metrics and a budget."""

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
    budget: BudgetBody
    """At least one of calls, tokens and usd"""
    strategy: StrategyBody = Field(
        default_factory=lambda: StrategyBody.model_validate({"name": "gepa", "parameters": {}})
    )
    width: int = 4
    """Mutations in flight"""
    when_exhausted: Literal["finish", "pause"] = "finish"
    """At the budget's end: sit the exam, or wait for a top-up or resume"""
    use_feedback: bool = True
    """Show operators what people said of the program and its outputs"""


class Origin(Model):
    """Which run this one descends from, and how."""

    run_id: str
    candidate_id: str | None = None
    """The candidate that was forked"""
    relation: Literal["rerun", "fork", "continue"]


class Outcome(Model):
    """What one (candidate, example, repeat) gave."""

    example_id: str
    repeat: int = 0
    outcome_class: Literal["scored", "candidate_fault"]
    output: str
    """The program's output; empty when it has none"""
    score: float
    """The weighted score; 0 for a candidate fault"""
    scores: dict[str, float] | None = None
    """By metric name, 0 to 1"""
    feedback: str = ""
    """What the metrics say a better output would need"""
    fault: Fault | None = None
    """Set when the candidate is at fault"""
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
    worth: Spend | None = None
    """What answers from the cache cost whoever paid; None: `spend` has all"""
    latency_ms: float = 0
    """Model time; 0 when answered from the cache"""
    stages: list[StageOutput] = Field(default_factory=list)
    """Earlier stages' outputs"""


class OutcomeItem(Model):
    """An outcome of a list."""

    seq: int | None = None
    candidate_id: str | None = None
    shard_id: str | None = None
    split: str | None = None
    example_id: str | None = None
    repeat: int | None = None
    outcome_class: Literal["scored", "candidate_fault"] | None = None
    score: float | None = None
    scores: dict[str, float] | None = None
    output: str | None = None
    feedback: str = ""
    truncated: bool = False
    """Whether output or feedback is cut"""
    fault: Fault | None = None
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
    latency_ms: float = 0
    cached: bool = False
    stages: list[StageOutput] = Field(default_factory=list)
    """When asked for whole"""
    at: datetime | None = None


class OutcomeItems(Model):
    """Outcomes, in the order of their arrival unless sorted otherwise."""

    data: list[OutcomeItem]
    page: CountedPage


class OutcomeList(Model):
    """Outcomes in the order in which they were stored."""

    data: list[OutcomeRow]
    page: Page


class OutcomeRow(Model):
    """An outcome with where it belongs."""

    candidate_id: str
    shard_id: str
    outcome: Outcome


class OverrideBody(Model):
    """The decision to move a guarded label without the verdict that it needs."""

    reason: str
    """Kept in the audit log"""


class Overrides(Model):
    """Fields of the request that replace the template's."""

    name: str | None = None
    metrics: list[MetricBody] | None = None
    models: ModelsBody | None = None
    budget: BudgetBody | None = None
    strategy: StrategyBody | None = None
    seed: int | None = None
    width: int | None = None
    repeats: int | None = None
    lane: Literal["hi", "std"] | None = None
    shard_size: int | None = None
    call_timeout_s: float | None = None
    response_cache: bool | None = None
    margin: float | None = None
    when_exhausted: Literal["finish", "pause"] | None = None
    use_feedback: bool | None = None
    metadata: dict[str, Any] | None = None


class Page(Model):
    """Where a list goes on."""

    next_cursor: str | None
    """Send it as `cursor`; null on the last page"""
    limit: int


class PairComparison(Model):
    """One candidate against the baseline."""

    candidate: Side
    verdict: Literal[
        "improved", "regressed", "equivalent", "inconclusive", "too_small", "not_comparable"
    ]
    """On the weighted score"""
    pairing: Pairing
    metrics: list[MetricComparison]
    """The weighted score comes first"""
    ratios: list[RatioComparison]
    not_comparable: list[NotComparable] = Field(default_factory=list)
    configuration: list[ConfigDifference] = Field(default_factory=list)
    configuration_more: int = 0
    """Differences beyond those listed"""


class Pairing(Model):
    """Which examples could be paired."""

    paired: int
    overlap: float
    """Share of the examples scored on either side"""
    only_baseline: int
    only_candidate: int
    edited: int
    """Same id but other content in the other version; left out"""
    clusters: int | None = None
    """Independent groups; None without clusters"""


class Parameters(Model):
    """Sampling parameters of a model call; those left out are the provider's own."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int = 1024
    """Bound of the answer, in tokens"""
    stop: list[str] = Field(default_factory=list)


class ParametersBody(Model):
    """Sampling parameters; those left out are the provider's own."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int = 1024
    """Bound of the answer, in tokens"""
    stop: list[str] = Field(default_factory=list)


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


class PasswordBody(Model):
    """Another password."""

    current_password: str
    new_password: str


class PresenceInput(Model):
    """Whether a field has a value."""

    op: Literal["is null", "is not null"]
    field: str | list[str]


class PresenceOutput(Model):
    """Whether a field has a value."""

    op: Literal["is null", "is not null"]
    field: list[str]


class ProblemBody(Model):
    """Problem details (RFC 9457)."""

    type: str
    """`/errors/<code>`: where the error is explained"""
    title: str
    """The code in words"""
    status: int
    """The HTTP status again"""
    detail: str
    """What went wrong this time, and what to do"""
    instance: str
    """Path of the request"""
    code: ErrorCode
    """Stable name for programs to act on"""
    errors: list[FieldError] = Field(default_factory=list)
    """The fields at fault"""
    trace_id: str | None = None
    """Finds the request in logs and traces"""
    retry_after: float | None = None
    """Seconds to wait before trying again"""


class Program(Model):
    """Ordered stages with their components. The last stage's output is the program's output."""

    name: str
    components: dict[str, Component] | None = None
    stages: list[Stage]


class ProgramBody(Model):
    """What evolves: ordered stages with named texts. The last stage's output is the output."""

    name: str
    components: dict[str, ComponentBody] | None = None
    stages: list[StageBody]


class ProgramDifference(Model):
    """What differs between two versions; what is equal is left out."""

    prompt_id: str
    before: int
    after: int
    equal: bool
    components: list[TextChange]
    stages: list[StageChange]
    fields: list[FieldChange]
    """Name, and the order of the stages"""


class Project(Model):
    """What everything belongs to."""

    project: str
    name: str
    description: str = ""
    created_at: datetime
    archived_at: datetime | None = None
    """Read-only since then"""
    max_active_runs: int | None = None
    """None: as the settings say"""
    daily_usd: float | None = None
    """Spend a day; None: as the settings say"""
    revision: int
    """Grows with each change"""


class ProjectBody(Model):
    """What to change about a project."""

    name: str | None = None
    description: str | None = None
    limits: LimitsBody | None = None


class ProjectList(Model):
    """A page of projects."""

    data: list[Project]
    page: Page


class Promoted(Model):
    """The version and the label that points to it."""

    version: VersionView
    created: bool
    """Whether the version is new"""
    label: LabelView


class PromotionBody(Model):
    """Which finding of a run shall be where a label points."""

    run_id: str
    candidate_id: str | None = None
    """By default the run's winner"""
    label: str = "production"
    note: str = ""
    """Of the version, when it is new"""
    reason: str = ""
    override: OverrideBody | None = None


class PromptBody(Model):
    """A prompt. Its versions come next."""

    id: str | None = None
    """Of your own making, so that repeating is safe"""
    name: str
    """Unique in the project; paths take it instead of the id"""
    description: str = ""
    tags: list[str] = Field(default_factory=list)
    guards: dict[str, Any] | None = None
    """What moves of labels need; by default `production` needs a verdict"""


class PromptChanges(Model):
    """What is to change; what is left out stays."""

    name: str | None = None
    description: str | None = None
    tags: list[str] | None = None
    guards: dict[str, Any] | None = None
    """Admins alone may change them"""


class PromptList(Model):
    """Prompts, newest first."""

    data: list[PromptView]
    page: Page


class PromptView(Model):
    """A prompt with where its labels point."""

    prompt_id: str
    project: str
    name: str
    """Unique in the project"""
    description: str = ""
    tags: list[str] = Field(default_factory=list)
    guards: dict[str, LabelGuard] | None = None
    """What moves of labels need, by label"""
    labels: dict[str, int] | None = None
    """Version number by label, `latest` included"""
    latest: int | None = None
    """Number of the newest version"""
    revision: int
    """Counts the changes of name, description, tags and guards"""
    created_at: datetime
    created_by: Author
    updated_at: datetime


class Quality(Model):
    """What may be wrong with a draft or version."""

    sizes: dict[str, int]
    duplicates: Finding
    """Equal inputs and expected within one split"""
    leaks: Finding
    """Equal inputs in more than one split"""
    conflicts: Finding
    """Equal inputs with different expected values"""
    near_duplicates: Finding
    """Inputs equal but for case, punctuation and spaces"""
    near_leaks: Finding
    """Near duplicates in more than one split"""
    split_clusters: Finding
    """Clusters in more than one split"""
    empty_expected: Finding
    """Items without an expected value"""
    outsized: Finding
    """Items ten times as large as the median, or more"""
    lengths: Lengths | None = None
    """None without items"""


class QueueLoad(Model):
    """Messages waiting for a service, and those that it works on."""

    pending: int
    in_flight: int


class RatedOutput(Model):
    """An output on which metric and people disagree."""

    run_id: str
    candidate_id: str
    example_id: str
    score: float
    rating: float


class RatioComparison(Model):
    """Latency, cost or tokens per example: a ratio of geometric means."""

    quantity: Literal["latency_ms", "usd", "tokens"]
    n: int
    """Pairs with something to compare"""
    zeros: int
    """Pairs left out because a side had 0 (cached or unpriced)"""
    baseline: Typical | None = None
    candidate: Typical | None = None
    ratio: float | None = None
    """Candidate over baseline"""
    interval: Bounds | None = None
    p_value: float | None = None
    """Paired t test on logarithms"""
    test: str | None = None


class ReasonBody(Model):
    """Why, in words; kept with the run."""

    reason: str = ""


class RefreshBody(Model):
    """A refresh token; it is used up by this."""

    refresh_token: str


class RegisterBody(Model):
    """A new user."""

    email: str
    password: str
    name: str
    invitation: str | None = None
    """The token of an invitation, where one is needed"""


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


class RenderBody(Model):
    """What fills the placeholders."""

    inputs: dict[str, Any] | None = None
    outputs: dict[str, str] | None = None
    """What earlier stages gave, for the stages that use it"""


class Rendered(Model):
    """A version's stages, filled."""

    prompt_id: str
    number: int
    stages: list[RenderedStage]


class RenderedStage(Model):
    """One model call, ready to be sent."""

    stage: str
    messages: list[ChatMessage] | None
    """Byte for byte what is sent; null while `needs` names something"""
    needs: list[str]
    """Stages whose outputs are missing in `outputs`"""
    parameters: Parameters
    response_format: dict[str, Any] | None
    model: str | None
    """A model for this stage alone; else your own choice"""


class Repeats(Model):
    """How a side's repeats of the same example agree, on the weighted score."""

    repeats: int
    """Most answers of one example"""
    pass_threshold: float = 1.0
    """An answer passes from this score on"""
    pass_at: dict[str, float] | None = None
    """pass@k: at least one of k answers passes"""
    pass_all: dict[str, float] | None = None
    """pass^k: all of k answers pass"""
    flaky: float | None = None
    """Share of examples whose repeats differ"""
    between: float | None = None
    """Variance between examples"""
    within: float | None = None
    """Variance between repeats of an example"""
    advice: Literal["add_examples", "add_repeats"] | None = None
    """What would narrow the interval more"""


class ReportBody(Model):
    """What to report on."""

    kind: Literal["run", "comparison"]
    format: Literal["html", "pdf"] = "html"
    runs: list[SideBody]
    """Of a comparison the baseline first"""
    split: Literal["train", "validation", "test"] | None = None
    margin: float | None = None
    confidence: float = 0.95
    gates: list[str] = Field(default_factory=lambda: ["score"])


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


class RoleBody(Model):
    """A role."""

    role: Literal["viewer", "editor", "admin"]


class RollbackBody(Model):
    """Which label goes back."""

    label: str = "production"
    reason: str = ""


class RotateBody(Model):
    """How long the old key goes on beside the new one."""

    overlap_s: int = 86400
    """Seconds; 0 ends the old key at once"""


class RowFault(Model):
    """Why a row is refused."""

    row: int
    """Number of the row, from 1, without a header"""
    line: int | None = None
    """Line of a text file at which the row begins"""
    column: str | None = None
    """Name of the column in the file"""
    pointer: str | None = None
    """JSON Pointer into the item"""
    code: str
    """Stable name of what is wrong"""
    message: str
    """What is wrong and how to mend it"""


class RunAnswer(Model):
    """A run as its facts and outcomes tell it."""

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
    task_id: str
    """Id of the run, as run_id"""
    links: dict[str, str]


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


class RunFeedback(Model):
    """What a run took along, and what was said about it since."""

    taken_along: list[UsedNote]
    """Notes that operators could be shown, with the mutations that they were"""
    given: list[FeedbackView]
    """About this run; the newest fifty"""


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


class RunRequest(Model):
    """A run as the gateway admits it. Its subject is written once."""

    v: int = 1
    run_id: str
    project: str = "default"
    kind: Literal["optimization", "evaluation"] = "optimization"
    name: str = ""
    program: Program
    dataset: DatasetRef
    metrics: list[MetricSpec]
    models: Models
    budget: Budget
    strategy: StrategySpec = Field(
        default_factory=lambda: StrategySpec.model_validate({"name": "gepa", "parameters": {}})
    )
    split: Literal["train", "validation", "test"] = "validation"
    """What an evaluation scores"""
    seed: int = 0
    """Every random decision follows from it"""
    width: int = 4
    """Mutations in flight"""
    repeats: int = 1
    """Answers asked for each example"""
    lane: Literal["hi", "std"] = "std"
    weight: float = 1.0
    """Share of the evaluators"""
    shard_size: int = 4
    """Examples in one shard"""
    call_timeout_s: float = 60
    response_cache: bool = True
    """Share answers with other runs"""
    when_exhausted: Literal["finish", "pause"] = "finish"
    """At the budget's end: sit the exam, or wait for a top-up or resume"""
    margin: float = 0.01
    """Smallest difference that matters"""
    metadata: dict[str, Any] | None = None
    origin: Origin | None = None
    """None: the run descends from no other"""
    archive: list[ArchiveSeed] = Field(default_factory=list)
    """Candidates to start with, beside the original"""
    feedback: list[FeedbackNote] = Field(default_factory=list)
    """What people said, as of the admission"""
    requested_at: datetime


class SampleBody(Model):
    """An output with what it answers."""

    id: str | None = None
    """Null: its place"""
    inputs: dict[str, Any] | None = None
    expected: Any = None
    output: str
    metadata: dict[str, Any] | None = None


class SavedViewAnswer(Model):
    """A list to look at again."""

    view_id: str
    name: str
    resource: Literal["runs", "candidates", "outcomes", "mutations", "events"]
    filter: str | None
    """For `filter` of the list"""
    filter_json: (
        CompareOutput
        | AmongOutput
        | PresenceOutput
        | Search
        | NegationOutput
        | JunctionOutput
        | None
    )
    """The same, for `POST /runs/search`"""
    sort: list[str]
    """For `sort`, joined by commas"""
    fields: list[str]
    """For `fields`, joined by commas"""
    shared: bool
    owner: str
    version: int
    created_at: datetime
    changed_at: datetime


class SavedViewBody(Model):
    """A list to look at again."""

    name: str
    resource: Literal["runs", "candidates", "outcomes", "mutations", "events"] = "runs"
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
    """Columns or groups"""
    shared: bool = False
    """Whether the whole project sees it"""


class SavedViewList(Model):
    """Views in the order of making."""

    data: list[SavedViewAnswer]
    page: Page


class Search(Model):
    """Full text: every word occurs somewhere in the row's texts, in any case."""

    op: Literal["search"] = "search"
    text: str


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


class Session(Model):
    """A sign-in that has not ended: one family of refresh tokens."""

    session_id: str
    address: str
    """Where it was used last"""
    agent: str
    """The client, as it names itself"""
    created_at: datetime
    used_at: datetime
    """When it was refreshed last"""
    expires_at: datetime


class SessionList(Model):
    """All open sessions."""

    data: list[Session]
    page: Page


class Side(Model):
    """A run's candidate as it was compared."""

    run_id: str
    name: str
    kind: Literal["optimization", "evaluation"]
    state: Literal["queued", "running", "paused", "completed", "failed", "cancelled"]
    strategy: str
    program: str
    model: str
    """The task model"""
    simulated: bool
    candidate_id: str | None
    dataset_id: str
    dataset: str
    examples: int
    """Scored at least once, on the split"""
    outcomes: int
    candidate_faults: int
    """Outcomes that count 0 by the candidate's own fault"""
    missing: int
    """Examples of the split without any outcome"""
    repeats: Repeats | None = None
    """When an example was answered repeatedly"""


class SideBody(Model):
    """A run, or one of its candidates."""

    run_id: str
    candidate_id: str | None = None
    """Without it the winner, else the best so far"""


class SignInBody(Model):
    """Who one is, and the proof."""

    email: str
    password: str


class SignInMethods(Model):
    """How one may prove who one is here."""

    credentials_needed: bool
    """False: every call is let in, as `local`"""
    sign_in: bool
    """Whether sessions can be opened with a password"""
    registration: Literal["open", "invite", "closed"]
    issuer: str | None
    """An external issuer whose access tokens do"""


class Slice(Model):
    """One part of the examples."""

    value: str | None
    """None gathers the examples without one"""
    result: MetricComparison


class SlicesView(Model):
    """The parts of the examples, largest first."""

    id: str
    by: str
    metric: str
    split: Literal["train", "validation", "test"] | None
    """None for all splits"""
    baseline: Side
    candidate: Side
    slices: list[Slice]
    more: int = 0
    """Smaller slices beyond those listed"""
    not_comparable: list[NotComparable] = Field(default_factory=list)
    margin: float
    confidence: float
    finished: bool
    methods: Methods
    computed_at: datetime


class Spend(Model):
    """What model calls cost. Calls answered from the response cache cost this run nothing."""

    calls: int = 0
    """Paid calls answered"""
    cached_calls: int = 0
    """Calls answered from the response cache"""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    usd: float = 0.0
    """Of the calls whose price is known"""
    unpriced_calls: int = 0
    """Paid calls whose price is unknown"""


class SpendAnswer(Model):
    """What a run spent: over time, by purpose and by model."""

    step_s: int
    """Length of a step in seconds; 0 without any spending"""
    series: list[SpendBucket] = Field(default_factory=list)
    total: Spend = Field(
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
    by_purpose: dict[str, Spend]
    by_model: dict[str, Spend]
    """`unknown` where several models had a part"""


class SpendBucket(Model):
    """What was spent for a purpose within a step of time."""

    at: datetime
    """Beginning of the step"""
    purpose: Literal["proposals", "search", "exam", "evaluation"]
    model: str | None = None
    """None where several models had a part"""
    spend: Spend


class SplitsBody(Model):
    """How to divide the draft."""

    train: float = 0.5
    validation: float = 0.25
    test: float = 0.25
    seed: int = 0
    """Another seed, another division"""
    stratify_by: str | None = None
    """Each value gets the same shares: expected, inputs.<name> or metadata.<name>"""
    respect_clusters: bool = True
    """A cluster stays in one split"""
    keep_test: bool = True
    """What is in the test split stays there; sealed items always do"""


class Stage(Model):
    """One model call of a program. Its messages are templates.

    Placeholders: `{{ component.NAME }}`, `{{ input.NAME }}`, `{{ stage.NAME }}` (the output of an
    earlier stage).
    """

    name: str
    messages: list[ChatMessage]
    parameters: Parameters = Field(
        default_factory=lambda: Parameters.model_validate({"max_tokens": 1024, "stop": []})
    )
    output_schema: dict[str, Any] | None = None
    """JSON Schema that the answer must meet; sent to the model as its format"""
    model: str | None = None
    """A model for this stage alone; else the run's own"""


class StageBody(Model):
    """One model call.

    Placeholders: `{{ component.NAME }}`, `{{ input.NAME }}`, `{{ stage.NAME }}`.
    """

    name: str
    messages: list[MessageBody]
    parameters: ParametersBody = Field(
        default_factory=lambda: ParametersBody.model_validate({"max_tokens": 1024, "stop": []})
    )
    output_schema: dict[str, Any] | None = None
    """JSON Schema that the answer must meet; sent to the model as its format"""
    model: str | None = None
    """A model for this stage alone; else the run's own"""


class StageChange(Model):
    """A stage that differs."""

    name: str
    change: Literal["added", "removed", "changed"]
    messages: list[TextChange]
    fields: list[FieldChange]


class StageOutput(Model):
    """What one stage answered."""

    stage: str
    output: str


class StrategyBody(Model):
    """Which strategy searches."""

    name: str = "gepa"
    parameters: dict[str, Any] | None = None


class StrategyChange(Model):
    """Another strategy, or other parameters of the same one."""

    name: str | None = None
    """Another one begins with its own defaults"""
    parameters: dict[str, Any] | None = None


class StrategySpec(Model):
    """Which strategy searches, with its own parameters."""

    name: str = "gepa"
    parameters: dict[str, Any] | None = None


class Suspects(Model):
    """Items that share something."""

    item_ids: list[str]
    """The first of them"""
    splits: list[Literal["train", "validation", "test"]]
    """Splits that they are in"""
    count: int


class TemplateAnswer(Model):
    """A template at one version."""

    template_id: str
    name: str
    source: Literal["builtin", "project"]
    """Built-in templates are read-only; copy them to change them"""
    title: str
    description: str
    task: Literal[
        "classification",
        "extraction",
        "summarization",
        "question_answering",
        "rewriting",
        "translation",
        "judging",
        "other",
    ]
    version: int
    examples: int | None
    """Of built-in templates: how many come along; invented"""
    updated_at: datetime | None
    """Null for a built-in template"""
    updated_by: Author | None
    """Null for a built-in template"""
    content: TemplateContent


class TemplateBody(Model):
    """A template of the project."""

    title: str
    description: str = ""
    task: Literal[
        "classification",
        "extraction",
        "summarization",
        "question_answering",
        "rewriting",
        "translation",
        "judging",
        "other",
    ] = "other"
    parameters: dict[str, Any] | None = None
    """JSON Schema of each parameter, by name; with a default"""
    program: dict[str, Any]
    """As /optimize takes it, with parameters"""
    metrics: list[Any]
    """As /optimize takes them, with parameters"""
    budget: dict[str, Any]
    """As /optimize takes it, with parameters"""
    strategy: dict[str, Any] | None = None
    models: dict[str, Any] | None = None
    settings: dict[str, Any] | None = None
    """Other fields of /optimize: width, repeats, margin, …"""
    dataset_id: str | None = None
    """Example data: a stored version that runs take when none is given"""
    id: str | None = None
    """Of your own making, so that repeating is safe"""
    name: str
    """Unique among the project's templates"""


class TemplateContent(Model):
    """What a template says. Two things are filled in when it is used.

    Inside texts, `{{ parameter.NAME }}` becomes the parameter as text. Elsewhere,
    `{"$parameter": "NAME"}` becomes the parameter as it is: a number, a list, …
    """

    title: str
    description: str = ""
    task: Literal[
        "classification",
        "extraction",
        "summarization",
        "question_answering",
        "rewriting",
        "translation",
        "judging",
        "other",
    ] = "other"
    parameters: dict[str, Any] | None = None
    """JSON Schema of each parameter, by name; with a default"""
    program: dict[str, Any]
    """As /optimize takes it, with parameters"""
    metrics: list[Any]
    """As /optimize takes them, with parameters"""
    budget: dict[str, Any]
    """As /optimize takes it, with parameters"""
    strategy: dict[str, Any] | None = None
    models: dict[str, Any] | None = None
    settings: dict[str, Any] | None = None
    """Other fields of /optimize: width, repeats, margin, …"""
    dataset_id: str | None = None
    """Example data: a stored version that runs take when none is given"""


class TemplateInstance(Model):
    """A template filled in."""

    template_id: str
    version: int
    parameters: dict[str, Any]
    """Every parameter with the value that it has"""
    request: dict[str, Any]
    """As POST /optimize takes it"""


class TemplateList(Model):
    """Built-in templates by name, then the project's, newest first."""

    data: list[TemplateRow]
    page: Page


class TemplateRow(Model):
    """A template without its content."""

    template_id: str
    name: str
    source: Literal["builtin", "project"]
    """Built-in templates are read-only; copy them to change them"""
    title: str
    description: str
    task: Literal[
        "classification",
        "extraction",
        "summarization",
        "question_answering",
        "rewriting",
        "translation",
        "judging",
        "other",
    ]
    version: int
    examples: int | None
    """Of built-in templates: how many come along; invented"""
    updated_at: datetime | None
    """Null for a built-in template"""
    updated_by: Author | None
    """Null for a built-in template"""


class TemplateRunBody(Model):
    """A run of a template."""

    parameters: dict[str, Any] | None = None
    """Those left out take their defaults"""
    dataset: DatasetBody | None = None
    """By default the template's example data"""
    overrides: Overrides = Field(default_factory=lambda: Overrides.model_validate({}))


class TextChange(Model):
    """A text that differs."""

    name: str
    """Of the component, or `0:system` for a message"""
    change: Literal["added", "removed", "changed"]
    diff: str
    """Unified diff, without file names"""
    lines_added: int
    lines_removed: int
    fields: list[FieldChange]
    """What differs beside the text"""


class TicketAnswer(Model):
    """A ticket for one connection."""

    ticket: str
    """Good for one connection, at any gateway"""
    expires_at: datetime
    path: str
    """Where to open the WebSocket with it"""


class TokenPair(Model):
    """A session's tokens."""

    access_token: str
    """Send it as `Authorization: Bearer …`"""
    token_type: Literal["Bearer"] = "Bearer"
    expires_at: datetime
    """End of the access token"""
    refresh_token: str
    """Good for one exchange at /auth/refresh"""
    session_id: str


class TopUpBody(Model):
    """What to add to a run's budget."""

    budget: BudgetBody
    reason: str = ""


class Total(Model):
    """How many entries the filter lets through."""

    count: int
    capped: bool
    """Whether counting stopped there and there are more"""


class TriedMetric(Model):
    """What the metric made of all samples, in their order."""

    results: list[TriedSample]
    mean: float | None = None
    """Of those that were scored"""
    spend: Spend
    simulated: bool
    """Whether the judge is a simulated model"""


class TriedSample(Model):
    """What the metric made of a sample: a score, or why there is none."""

    id: str
    score: float | None = None
    feedback: str = ""
    """What a better output would need"""
    error: str | None = None
    """Why it could not be scored; never a zero"""
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


class Typical(Model):
    """A side's amounts per example."""

    median: float
    median_interval: Bounds
    p95: float
    p95_interval: Bounds
    mean: float


class UnsealBody(Model):
    """Which sealed items may leave the test split, and why."""

    item_ids: list[str] | None = None
    """null: all"""
    reason: str
    """Kept in the audit log"""


class UnsealItemsAnswer(Model):
    """How many items were unsealed."""

    unsealed: int


class UploadOutcome(Model):
    """What an upload did, or would do, to the draft."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    sizes: dict[str, int]
    """Items of the upload by split"""


class UploadReport(Model):
    """What a file holds and what became of it."""

    stored: bool
    """Whether the draft has the rows now"""
    format: Literal["csv", "jsonl", "parquet"]
    mapping: dict[str, str | None]
    """Part of an item by column"""
    mapping_guessed: bool
    """Whether the mapping was guessed, not given"""
    ignored_columns: list[str]
    """Columns that fill nothing"""
    rows: int
    """Rows read"""
    cut_short: bool
    """Whether `max_rows` ended the reading"""
    refused: int
    """Rows with errors"""
    added: int
    """Items that are new to the draft"""
    changed: int
    """Items of the draft with other content or split"""
    unchanged: int
    """Items that the draft has already, just so"""
    removed: int
    """Items of the draft that the file does not have"""
    sizes: dict[str, int]
    """Items of the file by split"""
    preview: list[DraftExample]
    """The first items as they are read"""
    error_counts: dict[str, int]
    """Number of errors by code"""
    errors: list[RowFault]
    """The first 1000 errors"""


class UsedNote(Model):
    """A note that a run took along, and the mutations that it was shown to."""

    note: FeedbackNote
    steps: list[int] = Field(default_factory=list)
    """Numbers of the mutations"""


class User(Model):
    """A person who may sign in."""

    user_id: str
    email: str
    name: str
    is_operator: bool
    """Administers the installation and every project"""
    is_active: bool
    """An inactive user can neither sign in nor call"""
    is_external: bool
    """Signs in at the external issuer alone"""
    created_at: datetime
    signed_in_at: datetime | None = None
    """Last sign-in by password"""
    revision: int
    """Grows with each change"""


class UserBody(Model):
    """What an operator may change about a user."""

    name: str | None = None
    is_active: bool | None = None
    """An inactive user loses all sessions"""
    is_operator: bool | None = None
    password: str | None = None
    """Ends all sessions"""


class UserList(Model):
    """A page of users."""

    data: list[User]
    page: Page


class VersionBody(Model):
    """A program, or what a run found."""

    program: ProgramBody | None = None
    run_id: str | None = None
    """Take what this run ended with"""
    candidate_id: str | None = None
    """Take this candidate of the run"""
    parent: int | None = None
    """The version that it was made from; by default the newest"""
    note: str = ""


class VersionList(Model):
    """Versions, newest first, without their programs."""

    data: list[VersionSummary]
    page: Page


class VersionOrigin(Model):
    """The run that a version comes from, as it stood when the version was made."""

    run_id: str
    candidate_id: str
    parents: list[str] = Field(default_factory=list)
    """Of the candidate, in its run"""
    verdict: (
        Literal[
            "improved", "regressed", "equivalent", "inconclusive", "too_small", "not_comparable"
        ]
        | None
    ) = None
    """Of the run; null when the candidate is not its winner"""
    comparison: Comparison | None = None
    """What the verdict rests on"""
    simulated: bool = False
    """Whether a simulated provider answered"""


class VersionSummary(Model):
    """A version without its program."""

    prompt_id: str
    number: int
    candidate_id: str
    """Hash of stages and texts, as runs name it"""
    program_hash: str
    """SHA-256 of the whole program in canonical form"""
    note: str = ""
    parent: int | None = None
    """The version that it was made from"""
    origin: VersionOrigin | None = None
    """Null for a version made by hand"""
    created_at: datetime
    created_by: Author


class VersionView(Model):
    """A version: a program that never changes."""

    prompt_id: str
    number: int
    candidate_id: str
    """Hash of stages and texts, as runs name it"""
    program_hash: str
    """SHA-256 of the whole program in canonical form"""
    note: str = ""
    parent: int | None = None
    """The version that it was made from"""
    origin: VersionOrigin | None = None
    """Null for a version made by hand"""
    created_at: datetime
    created_by: Author
    program: Program


class WebhookBody(Model):
    """A webhook to make."""

    url: str
    """Where events are posted to"""
    events: list[str]
    """Event types such as `run.completed`, all of a noun as `verdict.*`, or `*`"""
    description: str = ""


class WebhookChanges(Model):
    """What to change; what is left out stays."""

    url: str | None = None
    events: list[str] | None = None
    description: str | None = None
    active: bool | None = None
    """Switched off, it is told nothing"""


class WebhookList(Model):
    """Webhooks, oldest first."""

    data: list[WebhookView]
    page: Page


class WebhookView(Model):
    """An address that is told of events. Its secret is shown once, when it is made."""

    webhook_id: str
    project: str
    url: str
    """Where events are posted to"""
    events: list[str]
    """Which events are told"""
    description: str = ""
    active: bool = True
    created_at: datetime
    updated_at: datetime


class WebhookWithSecret(Model):
    """A webhook with the secret that signs what it is sent."""

    webhook_id: str
    project: str
    url: str
    """Where events are posted to"""
    events: list[str]
    """Which events are told"""
    description: str = ""
    active: bool = True
    created_at: datetime
    updated_at: datetime
    secret: str
    """`whsec_…`; keep it, it is not shown again"""
