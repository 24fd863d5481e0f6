"""What the API answers."""

from typing import Any

from promptevolver_contracts import programs
from promptevolver_contracts.ids import DatasetId, RunId
from promptevolver_contracts.queries import CandidateSummary, OutcomeRow, RunView
from promptevolver_contracts.runs import RunState
from pydantic import BaseModel, Field

Links = dict[str, str]


class Accepted(BaseModel):
    """A run that was taken in."""

    task_id: RunId = Field(description="Id of the run")
    run_id: RunId = Field(description="The same id")
    state: RunState
    links: Links = Field(description="Where to go on: self, events, candidates, cancel, …")
    trace_id: str | None


class ControlAccepted(Accepted):
    """A control message that was taken in; the run acts on it within seconds."""

    control_id: str = Field(description="Equal for a request repeated with its Idempotency-Key")


class RunAnswer(RunView):
    """A run as its facts and outcomes tell it."""

    task_id: RunId = Field(description="Id of the run, as run_id")
    links: Links


class Page(BaseModel):
    """Where a list goes on."""

    next_cursor: str | None = Field(description="Send it as `cursor`; null on the last page")
    limit: int


class CandidateList(BaseModel):
    """Candidates in the order in which they were proposed."""

    data: tuple[CandidateSummary, ...]
    page: Page


class OutcomeList(BaseModel):
    """Outcomes in the order in which they were stored."""

    data: tuple[OutcomeRow, ...]
    page: Page


class Export(BaseModel):
    """A run's winner, byte for byte what was scored."""

    run_id: RunId
    dataset_id: DatasetId
    program: programs.Program = Field(description="With the winner's texts")
    original: programs.Program = Field(description="As it was sent")
    messages: tuple[programs.ChatMessage, ...] | None = Field(
        description="Of a single stage: components filled in, `{{ input.NAME }}` kept"
    )
    parameters: programs.Parameters | None = Field(description="Of a single stage")
    response_format: dict[str, Any] | None = Field(
        description="Of a single stage with an output schema, as it is sent"
    )


class QueueLoad(BaseModel):
    """Messages waiting for a service, and those that it works on."""

    pending: int
    in_flight: int


class HealthAnswer(BaseModel):
    """Whether everything behind the API answers."""

    status: str = Field(description="`ok`, or `degraded` when a check does not hold")
    checks: dict[str, bool]
    queues: dict[str, QueueLoad]
    models: dict[str, str | None] = Field(description="Defaults by part")
    simulated: bool = Field(description="Whether the default models are simulated")
    version: str
