"""What a metric is. A team's own metric needs nothing but this module."""

import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from promptevolver_contracts.datasets import Example
from promptevolver_contracts.programs import ChatMessage
from promptevolver_contracts.spending import Spend
from promptevolver_llm import Answer
from pydantic import BaseModel, ConfigDict


class Params(BaseModel):
    """Parameters of a metric kind. An unknown one is an error, so that a typing error shows."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Unmeasurable(Exception):
    """The run asks for what the metric cannot do, e.g. an example has nothing to compare with.

    The shard gets no scores and the run pauses with this reason; it is never a zero.
    """


class Judge(Protocol):
    """Asks the run's judge model."""

    async def __call__(
        self, messages: tuple[ChatMessage, ...], schema: dict[str, Any], *, again: bool = False
    ) -> Answer:
        """Give the judge's answer.

        `again` asks anew, past the response cache. Raises Unmeasurable when the run names no
        judge model, InfrastructureFault when the model does not answer.
        """


@dataclass(frozen=True, slots=True)
class Sample:
    """One example with what the program made of it."""

    example: Example
    output: str
    stages: Mapping[str, str]
    """Output by stage, the last stage's included."""
    prompt: tuple[ChatMessage, ...]
    """Every message sent to the model, stage after stage."""
    latency_ms: float
    """Model time of all stages, also of answers that came from the cache."""
    spend: Spend
    """What the program's answers cost whoever paid for them; the metrics' own are not in it."""
    judge: Judge


@dataclass(frozen=True, slots=True)
class Score:
    """A value in [0, 1], and what a better output would need."""

    value: float
    feedback: str = ""
    spend: Spend = Spend()  # noqa: RUF009 - frozen
    worth: Spend | None = None
    """What the answers cost whoever paid for them; None: that is `spend`"""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value) and 0 <= self.value <= 1):
            raise ValueError(f"a score lies between 0 and 1, this one is {self.value}")


type Metric = Callable[[Sample], Score | Awaitable[Score]]


@dataclass(frozen=True, slots=True)
class MetricKind[P: Params]:
    """A metric as it is registered: its parameters, and how it is made of them.

    `make` runs once for each shard; the metric that it gives is called for each output.
    """

    params: type[P]
    make: Callable[[P], Metric]
