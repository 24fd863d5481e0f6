"""Faults that the provider injects, by rates and a seed."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, model_validator

from promptevolver_local.provider.draw import Draw


class Fault(StrEnum):
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    TIMEOUT = "timeout"
    MALFORMED = "malformed"
    TRUNCATED = "truncated"
    EMPTY = "empty"
    UNAUTHORIZED = "unauthorized"
    CONTEXT_LENGTH = "context_length"
    REFUSED = "refused"


class FaultSettings(BaseModel):
    """Rates in [0, 1] of all requests, their sum at most 1; times in seconds or milliseconds.

    `jitter` is the share by which a latency varies; a share `slow` of the answers takes
    `slow_factor` times as long; a timeout holds the connection `hang_s` without an answer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rate_limited: float = Field(default=0, ge=0, le=1)
    server_error: float = Field(default=0, ge=0, le=1)
    timeout: float = Field(default=0, ge=0, le=1)
    malformed: float = Field(default=0, ge=0, le=1)
    truncated: float = Field(default=0, ge=0, le=1)
    empty: float = Field(default=0, ge=0, le=1)
    unauthorized: float = Field(default=0, ge=0, le=1)
    context_length: float = Field(default=0, ge=0, le=1)
    refused: float = Field(default=0, ge=0, le=1)
    retry_after_s: float = Field(default=0.2, ge=0)
    hang_s: float = Field(default=120, ge=0)
    latency_ms: float = Field(default=0, ge=0)
    jitter: float = Field(default=0.2, ge=0, le=1)
    slow: float = Field(default=0, ge=0, le=1)
    slow_factor: float = Field(default=10, ge=1)

    @model_validator(mode="after")
    def _at_most_one(self) -> "FaultSettings":
        if sum(self.rate(fault) for fault in Fault) > 1 + 1e-9:
            raise ValueError("the rates of all faults add up to more than 1")
        return self

    def rate(self, fault: Fault) -> float:
        rate: float = getattr(self, fault.value)
        return rate


def drawn_fault(settings: FaultSettings, draw: Draw) -> Fault | None:
    """Return the fault of one request, or None where it is answered."""
    left = draw.uniform("fault")
    for fault in Fault:
        left -= settings.rate(fault)
        if left < 0:
            return fault
    return None


def drawn_latency(settings: FaultSettings, draw: Draw) -> float:
    """Return seconds."""
    if settings.latency_ms == 0:
        return 0.0
    factor = 1 + settings.jitter * (2 * draw.uniform("jitter") - 1)
    if draw.chance("slow", settings.slow):
        factor *= settings.slow_factor
    return settings.latency_ms / 1000 * factor
