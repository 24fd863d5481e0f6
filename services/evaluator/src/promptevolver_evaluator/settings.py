"""Settings of the evaluator."""

from promptevolver_runtime.settings import ServiceSettings
from pydantic import Field


class Settings(ServiceSettings):
    """What an evaluator process may do at once, and how often it tries."""

    slots: int = Field(32, ge=2, description="Shards in hand at once; a quarter for lane hi")
    shard_attempts: int = Field(8, ge=1, description="Deliveries of a shard before it is given up")
    fault_attempts: int = Field(
        3, ge=0, description="Deliveries that end in an infrastructure fault before it is told"
    )

    @property
    def slots_hi(self) -> int:
        """Slots kept for the lane hi."""
        return max(1, self.slots // 4)

    @property
    def slots_std(self) -> int:
        """Slots of the lane std."""
        return self.slots - self.slots_hi
