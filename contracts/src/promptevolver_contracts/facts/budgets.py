"""What a run has spent, and what it still may."""

from typing import Literal

from pydantic import Field

from promptevolver_contracts.facts.base import FactBase
from promptevolver_contracts.spending import Budget, Limit, Spend


class BudgetSettled(FactBase):
    """A step is committed and paid for."""

    type: Literal["budget.settled"] = "budget.settled"
    spend: Spend = Field(description="Of this step")
    total: Spend = Field(description="Of all committed steps so far")


class BudgetExhausted(FactBase):
    """A cap leaves no room for more work; topping up continues the run."""

    type: Literal["budget.exhausted"] = "budget.exhausted"
    limit: Limit


class BudgetToppedUp(FactBase):
    """The budget grew."""

    type: Literal["budget.topped_up"] = "budget.topped_up"
    budget: Budget = Field(description="The caps from now on")
