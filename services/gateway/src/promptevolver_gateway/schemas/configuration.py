"""How a run measures, asks, spends and searches, as requests spell it."""

from typing import Annotated

from promptevolver_contracts import metrics, runs, spending
from pydantic import BeforeValidator, Field

from promptevolver_gateway.schemas.base import Body
from promptevolver_gateway.schemas.programs import ParametersBody


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
