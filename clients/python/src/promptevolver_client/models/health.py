"""What the API takes and gives about health; made by derive.py from the document."""

from __future__ import annotations

from promptevolver_client.model import Model

__all__ = ["HealthAnswer", "QueueLoad"]


class HealthAnswer(Model):
    """Whether everything behind the API answers."""

    status: str
    """`ok`, or `degraded` when a check does not hold"""
    checks: dict[str, bool]
    queues: dict[str, QueueLoad]
    models: dict[str, str | None]
    """Defaults by part"""
    simulated: bool
    """Whether the default models are simulated"""
    version: str


class QueueLoad(Model):
    """Messages waiting for a service, and those that it works on."""

    pending: int
    in_flight: int
