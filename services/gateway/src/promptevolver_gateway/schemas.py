"""What the API takes. Requests refuse unknown fields, so that a typing error is told."""

from typing import Annotated, Any, Literal, Self

from promptevolver_contracts import datasets, metrics, programs, runs, spending
from promptevolver_contracts.ids import CandidateId, Name
from promptevolver_contracts.runs import Lane, WhenExhausted
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

RUN_ID = r"^[A-Za-z0-9_-]{1,64}$"
"""Run ids become tokens of subjects: nothing that means something there may pass."""

DatasetHash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Body(BaseModel):
    """What all request bodies share."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ComponentBody(programs.Component, extra="forbid"):
    """A named text of a program that may evolve."""


class MessageBody(programs.ChatMessage, extra="forbid"):
    """One message of a model call."""


class ParametersBody(programs.Parameters, extra="forbid"):
    """Sampling parameters; those left out are the provider's own."""


class StageBody(programs.Stage, extra="forbid"):
    """One model call.

    Placeholders: `{{ component.NAME }}`, `{{ input.NAME }}`, `{{ stage.NAME }}`.
    """

    messages: tuple[MessageBody, ...] = Field(min_length=1)
    parameters: ParametersBody = ParametersBody()


class ProgramBody(Body):
    """What evolves: ordered stages with named texts. The last stage's output is the output."""

    name: Name
    components: dict[str, ComponentBody] = Field(default_factory=dict)
    stages: tuple[StageBody, ...] = Field(min_length=1, max_length=20)


class ExampleBody(datasets.Example, extra="forbid"):
    """Inputs and what is expected of them."""


class DatasetBody(Body):
    """A dataset version: a named dataset's, any that is stored, or the examples themselves."""

    id: DatasetHash | None = Field(None, description="SHA-256 of a version sent before")
    dataset_id: str | None = Field(None, pattern=RUN_ID, description="A named dataset")
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | Literal["latest"] | None = Field(
        None, description="Of the named dataset; `latest` when left out"
    )
    name: str = Field("dataset", max_length=200)
    examples: tuple[ExampleBody, ...] | None = Field(None, min_length=1)

    @model_validator(mode="after")
    def _one_of_all(self) -> Self:
        if sum(each is not None for each in (self.id, self.dataset_id, self.examples)) != 1:
            raise ValueError("give either 'id', 'dataset_id' or 'examples'")
        if self.version is not None and self.dataset_id is None:
            raise ValueError("'version' is of a named dataset: give its 'dataset_id' too")
        return self


class MetricBody(metrics.MetricSpec, extra="forbid"):
    """What is measured and how it weighs."""


class ModelBody(runs.ModelSpec, extra="forbid"):
    """A model by its LiteLLM name, with what it is asked with."""

    parameters: ParametersBody = ParametersBody(max_tokens=2048)


def _named(value: object) -> object:
    return {"model": value} if isinstance(value, str) else value


ModelChoice = Annotated[ModelBody, BeforeValidator(_named, json_schema_input_type=str | ModelBody)]


class ModelsBody(Body):
    """Which model plays which part: a name, or a name with parameters."""

    task: ModelChoice | None = Field(None, description="Runs the program; default by setting")
    reflection: ModelChoice | None = Field(
        None, description="Writes mutations; default by setting, else the task model"
    )
    judge: ModelChoice | None = Field(None, description="Judges outputs; needed by llm_judge")


class BudgetBody(spending.Budget, extra="forbid"):
    """Caps; what is left out is not capped."""


class StrategyBody(runs.StrategySpec, extra="forbid"):
    """Which strategy searches."""


class RunBody(Body):
    """What both kinds of runs take."""

    name: str = Field("", max_length=200, description="For people")
    program: ProgramBody
    dataset: DatasetBody
    metrics: tuple[MetricBody, ...] = Field(min_length=1, max_length=20)
    models: ModelsBody = ModelsBody()
    seed: int = Field(0, ge=0, description="Every random decision follows from it")
    repeats: int = Field(1, ge=1, le=20, description="Answers asked for each example")
    lane: Lane = Field("std", description="`hi` overtakes `std`")
    shard_size: int = Field(4, ge=1, le=64, description="Examples in one unit of work")
    call_timeout_s: float = Field(60, gt=0, le=3600, description="Deadline of each model call")
    response_cache: bool = Field(default=True, description="Share answers with other runs")
    margin: float = Field(0.01, ge=0, le=1, description="Smallest difference that matters")
    metadata: dict[str, Any] = Field(default_factory=dict, description="Kept, never read")


_EXAMPLE: dict[str, Any] = {
    "name": "support triage",
    "program": {
        "name": "support-triage",
        "components": {"instruction": {"text": "Say which team should answer the ticket."}},
        "stages": [
            {
                "name": "answer",
                "messages": [
                    {"role": "system", "content": "{{ component.instruction }}"},
                    {"role": "user", "content": "{{ input.ticket }}"},
                ],
                "parameters": {"temperature": 0, "max_tokens": 50},
            }
        ],
    },
    "dataset": {
        "name": "tickets",
        "examples": [
            {
                "id": "1",
                "inputs": {"ticket": "Where is my parcel?"},
                "expected": "delivery",
                "split": "train",
            },
            {
                "id": "2",
                "inputs": {"ticket": "I was charged twice."},
                "expected": "billing",
                "split": "validation",
            },
            {
                "id": "3",
                "inputs": {"ticket": "The app crashes."},
                "expected": "technical",
                "split": "test",
            },
        ],
    },
    "metrics": [{"name": "team", "kind": "exact_match"}],
    "models": {"task": "openai/gpt-4o-mini", "reflection": "openai/gpt-4o"},
}


class OptimizeBody(RunBody):
    """Evolve a program against a dataset, under metrics and a budget."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                _EXAMPLE
                | {"budget": {"calls": 2000, "usd": 5}, "strategy": {"name": "gepa"}, "seed": 7}
            ]
        }
    )

    budget: BudgetBody = Field(description="At least one of calls, tokens and usd")
    strategy: StrategyBody = StrategyBody()
    width: int = Field(4, ge=1, le=64, description="Mutations in flight")
    when_exhausted: WhenExhausted = Field(
        "finish", description="At the budget's end: sit the exam, or wait for a top-up or resume"
    )
    use_feedback: bool = Field(
        default=True, description="Show operators what people said of the program and its outputs"
    )


class EvaluationBody(RunBody):
    """Score a program as it is on one split of a dataset."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE | {"split": "validation"}]})

    budget: BudgetBody = BudgetBody()
    split: datasets.Split = Field("validation", description="Which examples are scored")


class StrategyChange(Body):
    """Another strategy, or other parameters of the same one."""

    name: Name | None = Field(None, description="Another one begins with its own defaults")
    parameters: dict[str, Any] | None = None


class ChangesBody(Body):
    """What a new run has otherwise than the one that it descends from.

    Merged as RFC 7396 says: objects by key, null goes back to the default, lists are replaced.
    """

    name: str | None = Field(None, max_length=200, description="For people")
    metrics: tuple[MetricBody, ...] | None = Field(None, min_length=1, max_length=20)
    models: ModelsBody | None = None
    budget: BudgetBody | None = Field(None, description="Of the new run alone")
    strategy: StrategyChange | None = None
    seed: int | None = Field(None, ge=0, description="Every random decision follows from it")
    width: int | None = Field(None, ge=1, le=64, description="Mutations in flight")
    repeats: int | None = Field(None, ge=1, le=20, description="Answers asked for each example")
    lane: Lane | None = Field(None, description="`hi` overtakes `std`")
    shard_size: int | None = Field(None, ge=1, le=64, description="Examples in one unit of work")
    call_timeout_s: float | None = Field(None, gt=0, le=3600)
    response_cache: bool | None = Field(None, description="Share answers with other runs")
    when_exhausted: WhenExhausted | None = None
    use_feedback: bool | None = Field(None, description="Show operators what people say now")
    margin: float | None = Field(None, ge=0, le=1, description="Smallest difference that matters")
    metadata: dict[str, Any] | None = Field(None, description="Kept, never read")


class RerunBody(ChangesBody):
    """What is to be otherwise when a run is run again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"seed": 8}]})

    split: datasets.Split | None = Field(None, description="Of an evaluation: what is scored")


class ForkBody(ChangesBody):
    """At which candidate a run is forked, and what is to be otherwise."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"candidate_id": "0f3a1b2c4d5e6f70", "budget": {"calls": 500}}]
        }
    )

    candidate_id: CandidateId | None = Field(
        None, max_length=64, description="Default: the run's winner"
    )


class ContinueBody(ChangesBody):
    """How a search is continued."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"strategy": {"name": "promptwizard"}, "budget": {"calls": 1000}}]
        }
    )


class TopUpBody(Body):
    """What to add to a run's budget."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"budget": {"calls": 500}}]})

    budget: BudgetBody
    reason: str = Field("", max_length=500)


class ReasonBody(Body):
    """Why, in words; kept with the run."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "wrong dataset"}]})

    reason: str = Field("", max_length=500)
