"""Errors that cross a process: a stable code, words for people, and where the fault lies."""

from enum import StrEnum

from pydantic import Field

from promptevolver_contracts.base import Part


class ErrorCode(StrEnum):
    """Stable names of what can go wrong; documented in the errors reference."""

    INVALID_REQUEST = "invalid_request"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    PRECONDITION_FAILED = "precondition_failed"
    VERDICT_REQUIRED = "verdict_required"
    IDEMPOTENCY_MISMATCH = "idempotency_mismatch"
    TOO_LARGE = "too_large"
    TOO_MANY_RUNS = "too_many_runs"
    SPEND_LIMIT_REACHED = "spend_limit_reached"
    RATE_LIMITED = "rate_limited"
    CURSOR_FILTER_MISMATCH = "cursor_filter_mismatch"
    UNKNOWN_STRATEGY = "unknown_strategy"
    UNKNOWN_METRIC = "unknown_metric"
    UNKNOWN_DATASET = "unknown_dataset"
    PRICE_UNKNOWN = "price_unknown"
    BUDGET_TOO_SMALL = "budget_too_small"
    GAVE_UP = "gave_up"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


class FieldError(Part):
    """One field's fault."""

    pointer: str = Field(description="JSON Pointer into the request, e.g. /dataset/examples/3/id")
    message: str = Field(description="What is wrong and how to mend it")
    code: str = "invalid"
    allowed: tuple[str, ...] | None = Field(None, description="What would be accepted")
    position: int | None = Field(None, description="Of a text, the character where it shows")


class ErrorInfo(Part):
    """A failure as services answer it to one another."""

    code: ErrorCode
    detail: str
    errors: tuple[FieldError, ...] = ()
    retry_after_s: float | None = None
