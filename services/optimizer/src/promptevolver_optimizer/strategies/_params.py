"""What the parameters of all strategies share."""

from pydantic import BaseModel, ConfigDict


class StrategyParams(BaseModel):
    """A strategy's parameters: unknown names are refused, so that no setting is lost in silence."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
