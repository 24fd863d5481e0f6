"""A score that is 1 up to a target and falls linearly to 0 at a limit: for what should be low."""

from typing import Self

from pydantic import Field, model_validator

from promptevolver_evaluator.metrics.kinds import Params


class Falling(Params):
    """Where the score begins to fall, and where it has fallen to 0."""

    target: float = Field(ge=0, description="Up to here the score is 1")
    limit: float = Field(gt=0, description="From here on the score is 0")

    @model_validator(mode="after")
    def _target_below_limit(self) -> Self:
        if self.target >= self.limit:
            raise ValueError("target must lie below limit")
        return self

    def at(self, amount: float) -> float:
        """Give the score of an amount."""
        return min(1.0, max(0.0, (self.limit - amount) / (self.limit - self.target)))
