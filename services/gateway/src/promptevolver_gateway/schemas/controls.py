"""What a run may be told."""

from pydantic import ConfigDict, Field

from promptevolver_gateway.schemas.base import Body
from promptevolver_gateway.schemas.configuration import BudgetBody


class TopUpBody(Body):
    """What to add to a run's budget."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"budget": {"calls": 500}}]})

    budget: BudgetBody
    reason: str = Field("", max_length=500)


class ReasonBody(Body):
    """Why, in words; kept with the run."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "wrong dataset"}]})

    reason: str = Field("", max_length=500)
