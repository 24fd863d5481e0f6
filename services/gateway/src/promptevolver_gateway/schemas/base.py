"""What all request bodies share."""

from pydantic import BaseModel, ConfigDict

RUN_ID = r"^[A-Za-z0-9_-]{1,64}$"
"""Run ids become tokens of subjects: nothing that means something there may pass."""


class Body(BaseModel):
    """What all request bodies share."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
