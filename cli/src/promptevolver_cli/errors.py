"""What can go wrong between the command line and the API."""

from typing import Any

import httpx


class ApiError(Exception):
    """The API refused a request, with problem details (RFC 9457)."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        self.status = status
        self.problem = problem
        self.code: str = problem.get("code", "internal")
        self.title: str = problem.get("title", "error")
        self.detail: str = problem.get("detail", "")
        self.errors: list[dict[str, Any]] = problem.get("errors", [])
        self.trace_id: str | None = problem.get("trace_id")
        super().__init__(str(self))

    def __str__(self) -> str:
        fields = [f"  {e.get('pointer') or '/'}: {e.get('message', '')}" for e in self.errors]
        trace = [f"  trace {self.trace_id}"] if self.trace_id else []
        head = f"{self.title} ({self.code}, HTTP {self.status}): {self.detail}"
        return "\n".join([head, *fields, *trace])

    @classmethod
    def of(cls, response: httpx.Response) -> "ApiError":
        """Read an answer; one without problem details becomes its own description."""
        try:
            problem = response.json()
        except ValueError:
            problem = None
        if not isinstance(problem, dict):
            problem = {"title": response.reason_phrase, "detail": response.text[:500]}
        return cls(response.status_code, problem)


class Unreachable(Exception):
    """Nothing answers at the API's address."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(
            f"cannot reach PromptEvolver at {url} ({reason or 'no answer'}); "
            "start it with 'make serve', or say where it is with --url or PROMPTEVOLVER_URL"
        )
