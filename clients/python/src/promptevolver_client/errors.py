"""What can go wrong between a caller and the API."""

from dataclasses import dataclass
from typing import Any, ClassVar

import httpx


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One field of a request that is wrong."""

    pointer: str
    """JSON pointer into the request; empty for the whole of it"""
    message: str
    code: str
    allowed: tuple[str, ...] = ()


class ApiError(Exception):
    """The API refused a request, with problem details (RFC 9457)."""

    kinds: ClassVar[dict[int, type["ApiError"]]] = {}

    def __init_subclass__(cls, *, status: int = 0) -> None:
        ApiError.kinds[status] = cls

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        self.status = status
        self.problem = problem
        self.code = str(problem.get("code", "internal"))
        """Stable name to act on, as the reference lists them"""
        self.title = str(problem.get("title", "error"))
        self.detail = str(problem.get("detail", ""))
        self.errors = tuple(
            FieldFault(
                pointer=fault.get("pointer", ""),
                message=fault.get("message", ""),
                code=fault.get("code", ""),
                allowed=tuple(fault.get("allowed") or ()),
            )
            for fault in problem.get("errors", ())
        )
        self.trace_id: str | None = problem.get("trace_id")
        self.retry_after: float | None = problem.get("retry_after")
        """Seconds to wait before trying again"""
        super().__init__(str(self))

    def __str__(self) -> str:
        told = [f"{fault.pointer or '/'}: {fault.message}" for fault in self.errors]
        fields = [f"  {words}" for words in told if words not in self.detail]
        trace = [f"  trace {self.trace_id}"] if self.trace_id else []
        head = f"{self.title} ({self.code}, HTTP {self.status}): {self.detail}"
        return "\n".join([head, *fields, *trace])

    @staticmethod
    def of(response: httpx.Response) -> "ApiError":
        """Read an answer; one without problem details becomes its own description."""
        try:
            problem = response.json()
        except ValueError:
            problem = None
        if not isinstance(problem, dict):
            problem = {"title": response.reason_phrase, "detail": response.text[:500]}
        fallback = ServerError if response.is_server_error else ApiError
        return ApiError.kinds.get(response.status_code, fallback)(response.status_code, problem)


class ServerError(ApiError):
    """Something broke on the other side."""


class BadRequest(ApiError, status=400):
    """A cursor does not fit, for the most part."""


class Unauthenticated(ApiError, status=401):
    """No, expired or wrong credentials."""


class Forbidden(ApiError, status=403):
    """The caller lacks a scope."""


class NotFound(ApiError, status=404):
    """There is no such thing in the caller's project."""


class Conflict(ApiError, status=409):
    """The state of the thing does not allow it."""


class PreconditionFailed(ApiError, status=412):
    """It has changed since it was read."""


class TooLarge(ApiError, status=413):
    """The body is over the limit."""


class Invalid(ApiError, status=422):
    """Fields of the request are wrong; `errors` says which."""


class RateLimited(ApiError, status=429):
    """Too many requests, runs, or too much spent."""


class Unavailable(ServerError, status=503):
    """Something behind the API is away; it passes."""


class Unreachable(Exception):
    """Nothing answers at the API's address."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"cannot reach PromptEvolver at {url} ({reason or 'no answer'})")
        self.url = url


class Unreadable(Exception):
    """An answer is not what this version of the client knows."""

    def __init__(self, model: str, reason: str) -> None:
        super().__init__(f"the API answered what is no {model} to this client: {reason}")
