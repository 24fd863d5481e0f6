"""What the API takes and gives; made by derive.py from the document."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from promptevolver_client.model import Model

__all__ = [
    "Accepted",
    "AmongInput",
    "AmongOutput",
    "Author",
    "BudgetBody",
    "ChatMessage",
    "CompareInput",
    "CompareOutput",
    "Comparison",
    "Component",
    "ComponentBody",
    "DatasetBody",
    "ErrorCode",
    "ErrorInfo",
    "ExampleBody",
    "FieldError",
    "JunctionInput",
    "JunctionOutput",
    "MessageBody",
    "MetricBody",
    "ModelBody",
    "ModelsBody",
    "NegationInput",
    "NegationOutput",
    "Page",
    "Parameters",
    "ParametersBody",
    "PresenceInput",
    "PresenceOutput",
    "ProblemBody",
    "Program",
    "ProgramBody",
    "Search",
    "Spend",
    "Stage",
    "StageBody",
    "StrategyBody",
]


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


class Author(Model):
    """Who made something, as it is shown."""

    id: str
    name: str = ""


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


class ChatMessage(Model):
    """One message of a model call."""

    role: Literal["system", "user", "assistant"]
    content: str


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


class MessageBody(Model):
    """One message of a model call."""

    role: Literal["system", "user", "assistant"]
    content: str


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


class ModelBody(Model):
    """A model by its LiteLLM name, with what it is asked with."""

    model: str
    """openai/gpt-…, ollama/…, …"""
    parameters: ParametersBody = Field(
        default_factory=lambda: ParametersBody.model_validate({"max_tokens": 2048, "stop": []})
    )
    fallbacks: list[str] = Field(default_factory=list)
    """Models asked in turn when this one is unavailable"""


class ModelsBody(Model):
    """Which model plays which part: a name, or a name with parameters."""

    task: str | ModelBody | None = None
    """Runs the program; default by setting"""
    reflection: str | ModelBody | None = None
    """Writes mutations; default by setting, else the task model"""
    judge: str | ModelBody | None = None
    """Judges outputs; needed by llm_judge"""


class NegationInput(Model):
    """The opposite."""

    op: Literal["not"] = "not"
    term: CompareInput | AmongInput | PresenceInput | Search | NegationInput | JunctionInput


class NegationOutput(Model):
    """The opposite."""

    op: Literal["not"] = "not"
    term: CompareOutput | AmongOutput | PresenceOutput | Search | NegationOutput | JunctionOutput


class Page(Model):
    """Where a list goes on."""

    next_cursor: str | None
    """Send it as `cursor`; null on the last page"""
    limit: int


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
    """`/errors/<code>`, which explains the code to anybody"""
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


class Search(Model):
    """Full text: every word occurs somewhere in the row's texts, in any case."""

    op: Literal["search"] = "search"
    text: str


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


class StrategyBody(Model):
    """Which strategy searches."""

    name: str = "gepa"
    parameters: dict[str, Any] | None = None
