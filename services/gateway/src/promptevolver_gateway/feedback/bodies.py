"""What the API takes and answers about feedback and evaluators."""

from typing import Any, Self

from promptevolver_contracts.bench import MOST_SAMPLES
from promptevolver_contracts.feedback import About, FeedbackView, Opinion, UsedNote
from promptevolver_contracts.ids import CandidateId, RunId
from pydantic import BaseModel, ConfigDict, Field, model_validator

from promptevolver_gateway.answers import Page
from promptevolver_gateway.schemas import RUN_ID, Body, ModelChoice


class FeedbackBody(Body):
    """What somebody says, and about what.

    About an output: `run_id`, `example_id` and, unless it is the winner's, `candidate_id`. About a
    candidate: the same without the example. About a prompt's version, as an application uses it:
    `prompt` and `version`, with `inputs` and `output` where they are known.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "run_id": "5c1f3a52-8c06-5c5e-9d3f-3a1c0f0f9a77",
                    "example_id": "t-17",
                    "rating": 0,
                    "correction": "billing",
                    "comment": "A refund is always billing's business.",
                }
            ]
        }
    )

    run_id: RunId | None = Field(None, pattern=RUN_ID)
    candidate_id: CandidateId | None = Field(
        None, max_length=128, description="Null for the run's winner"
    )
    example_id: str | None = Field(None, min_length=1, max_length=200)
    repeat: int = Field(0, ge=0, le=1000, description="Which of the example's answers")
    prompt: str | None = Field(None, pattern=RUN_ID, description="Id or name of a prompt")
    version: int | None = Field(None, ge=1, le=2**31 - 1)
    rating: float | None = Field(
        None, ge=0, le=1, description="0 is worst, 1 is best; a thumb is 0 or 1"
    )
    metric: str | None = Field(
        None, max_length=64, description="The metric that the rating judges; null: the whole"
    )
    correction: Any = Field(
        None, description="What the output should have been; it becomes a draft item of a dataset"
    )
    comment: str = Field("", max_length=2000)
    inputs: dict[str, Any] | None = Field(None, description="Of an output outside of runs")
    output: str | None = Field(None, max_length=20_000, description="An output outside of runs")
    dataset_id: str | None = Field(
        None,
        pattern=RUN_ID,
        description="Whose draft takes the correction; null: the dataset that the run used",
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        # Both raise ValueError with the field and the fix.
        self.about()
        self.opinion()
        return self

    def about(self) -> About:
        """Give what it is about."""
        return About(**self.model_dump(include=set(About.model_fields)))

    def opinion(self) -> Opinion:
        """Give what is said."""
        return Opinion(**self.model_dump(include=set(Opinion.model_fields)))


class FeedbackList(BaseModel):
    """Feedback, newest first."""

    data: tuple[FeedbackView, ...]
    page: Page


class RunFeedback(BaseModel):
    """What a run took along, and what was said about it since."""

    taken_along: tuple[UsedNote, ...] = Field(
        description="Notes that operators could be shown, with the mutations that they were"
    )
    given: tuple[FeedbackView, ...] = Field(description="About this run; the newest fifty")


class Evaluator(BaseModel):
    """A metric kind."""

    kind: str
    description: str
    needs_judge: bool = Field(description="Whether it asks a judge model, which is paid")
    parameters: dict[str, Any] = Field(description="JSON Schema of its parameters")


class EvaluatorList(BaseModel):
    """All metric kinds that evaluators have."""

    data: tuple[Evaluator, ...]


class SampleBody(Body):
    """An output with what it answers."""

    id: str | None = Field(None, min_length=1, max_length=200, description="Null: its place")
    inputs: dict[str, Any] = Field(default_factory=dict)
    expected: Any = None
    output: str = Field(max_length=20_000)
    metadata: dict[str, Any] = Field(default_factory=dict)


class BenchBody(Body):
    """A metric's parameters, and outputs to try it on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "parameters": {},
                    "samples": [
                        {"expected": "billing", "output": "billing"},
                        {"expected": "billing", "output": "sales"},
                    ],
                }
            ]
        }
    )

    parameters: dict[str, Any] = Field(default_factory=dict)
    judge: ModelChoice | None = Field(None, description="Null: the installation's judge model")
    samples: tuple[SampleBody, ...] = Field(min_length=1, max_length=MOST_SAMPLES)
