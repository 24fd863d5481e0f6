"""Made-up calls, sent to a backend and held against what the OpenAPI document says of them."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import httpx
import hypothesis
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given
from promptevolver_gateway.problems import MEDIA_TYPE
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from support.neighbours import Scene

OPERATOR_KEY = "the key of an operator in a test"
PATIENT: dict[str, Any] = {
    "rate_limit_key": 10**6,
    "rate_limit_user": 10**6,
    "rate_limit_address": 10**6,
    "rate_limit_sign_in": 10**6,
    "heartbeat_s": 0.1,
}
"""Settings of a gateway that bears many calls"""

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
_CREDENTIALS = {b"authorization", b"x-api-key"}
_FILES = ["application/gzip", "application/x-ndjson", "application/vnd.apache.parquet", "text/csv"]
_SESSIONS = ("/api/v1/auth/", "/api/v1/me")
"""What only people can ask for, not keys"""

type Operation = APIOperation[Any, Any, Any, Any]


@dataclass
class Fuzzing:
    """Calls from the thread that makes cases up to the loop that the backend lives on."""

    scene: Scene
    loop: asyncio.AbstractEventLoop
    faults: dict[str, str] = field(default_factory=dict)
    """The first fault of each operation"""
    answers: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)

    def schema(self) -> BaseSchema:
        """Read the document."""
        schemathesis.serializer.alias(_FILES, "application/octet-stream")
        return schemathesis.openapi.from_dict(self.scene.api.api.openapi())

    def call(self, case: Any) -> httpx.Response:
        """Send a case, and note what the answer has that the document does not tell."""
        operation: Operation = case.operation
        given = case.as_transport_kwargs(base_url="http://test")
        given.pop("timeout", None)
        prepared = requests.Request(**given).prepare()
        response = self.wait(self._send(operation, prepared))
        self.answers[operation.label] += 1
        self.statuses[response.status_code] += 1
        try:
            # Of streams the document describes the whole; schemathesis looks at each event.
            stream = response.headers.get("content-type", "").startswith("text/event-stream")
            excluded = [response_schema_conformance] if stream else []
            case.validate_response(response, checks=CHECKS, excluded_checks=excluded)
            _undocumented(operation, response)
        except (AssertionError, FailureGroup) as fault:
            said = f"{prepared.method} {prepared.url} {prepared.body!r:.400}\n{fault}"
            self.faults.setdefault(operation.label, said[:3000])
        return response

    def wait[T](self, doing: Coroutine[Any, Any, T]) -> T:
        """Have something done on the backend's loop."""
        return asyncio.run_coroutine_threadsafe(doing, self.loop).result(120)

    async def _send(
        self, operation: Operation, prepared: requests.PreparedRequest
    ) -> httpx.Response:
        headers = [(k.encode(), _bytes(v)) for k, v in prepared.headers.items()]
        headers = [each for each in headers if each[0].lower() not in _CREDENTIALS]
        headers += [(b"authorization", self._credential(operation)), (b"x-project-id", b"alpha")]
        request = httpx.Request(
            prepared.method or "",
            prepared.url or "",
            headers=headers,
            content=_bytes(prepared.body or b""),
        )
        return await self.scene.api.http.send(request)

    def _credential(self, operation: Operation) -> bytes:
        ada = operation.path.startswith(_SESSIONS)
        token = self.scene.ada.tokens["access_token"] if ada else OPERATOR_KEY
        return f"Bearer {token}".encode()


def made_up(operation: Operation, mode: GenerationMode, count: int) -> list[Any]:
    """Give cases, the same ones every time; none where nothing could be wrong."""
    cases: list[Any] = []

    @reproducibly(count)
    @given(case=operation.as_strategy(generation_mode=mode))
    def collect(case: Any) -> None:
        cases.append(case)

    try:
        collect()
    except hypothesis.errors.Unsatisfiable:
        # Without parameters and body there is nothing that could be wrong.
        assert mode == GenerationMode.NEGATIVE, operation.label
    return cases


def reproducibly(count: int) -> hypothesis.settings:
    """Make so many cases, the same ones on any machine."""
    return hypothesis.settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


def _undocumented(operation: Operation, response: httpx.Response) -> None:
    """Fail for a problem that the operation's documentation does not name at its status."""
    if response.headers.get("content-type") != MEDIA_TYPE:
        return
    problem = response.json()
    declared = operation.definition.raw["responses"].get(str(response.status_code), {})
    assert f"`{problem['code']}`" in declared.get("description", ""), (
        f"{response.status_code} `{problem['code']}` is not documented: {problem['detail']}"
    )
    assert problem["type"] == f"/errors/{problem['code']}"
    assert problem["status"] == response.status_code


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
