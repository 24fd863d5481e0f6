"""Settings of the optimizer."""

from promptevolver_runtime.settings import ServiceSettings
from pydantic import Field


class Settings(ServiceSettings):
    """Beside those of every service and those of the model client."""

    max_runs: int = Field(50, ge=1, le=500, description="Runs that this process drives at once")
    takeovers: int = Field(
        20, ge=1, description="Owners in a row that get nothing done before a run is given up"
    )
    window: int = Field(
        16, ge=1, le=512, description="Shards that a run of weight 1 may have in flight"
    )
