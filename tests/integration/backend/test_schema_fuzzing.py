"""Every operation of the OpenAPI document, called with what the document allows and with what not.

Whatever comes: no 5xx, a status and a body that the document declares, and of problems a code that
is documented for the operation. Of three paths two lead to things that exist.
"""

import asyncio
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx
import hypothesis
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given
from promptevolver_gateway.problems import MEDIA_TYPE
from pydantic import SecretStr
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from support.neighbours import Scene, neighbours

pytestmark = [pytest.mark.infra, pytest.mark.timeout(300)]

OPERATOR_KEY = "the key of an operator in a test"
EXAMPLES = 3
"""Cases of an operation that the document allows, and as many that it does not"""

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
SETTINGS = hypothesis.settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
CREDENTIALS = {b"authorization", b"x-api-key"}
THERE = {"evaluators": {"kind": "exact_match"}}
"""Path parameters of what nobody makes"""

FILES = ["application/gzip", "application/x-ndjson", "application/vnd.apache.parquet", "text/csv"]

SESSIONS = ("/api/v1/auth/", "/api/v1/me")
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

    def run(self) -> None:
        """Try each operation of the document; those that take things away come last."""
        schemathesis.serializer.alias(FILES, "application/octet-stream")
        schema = schemathesis.openapi.from_dict(self.scene.api.api.openapi())
        found: list[Any] = list(schema.get_all_operations())
        operations: list[Operation] = [each.ok() for each in found]
        for operation in sorted(operations, key=lambda each: each.method == "delete"):
            here = self._here(operation)
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                self._try(operation, mode, here)

    def _here(self, operation: Operation) -> dict[str, str] | None:
        """Give the path parameters of what is Ada's; None where made up ones must do."""
        segment = operation.path.removeprefix("/api/v1/").partition("/")[0]
        made = self.scene.made.get(segment, THERE.get(segment, {}))
        names = re.findall(r"{(\w+)}", operation.path)
        there = names and set(names) <= set(made)
        return {name: made[name] for name in names} if there else None

    def _try(self, operation: Operation, mode: GenerationMode, here: dict[str, str] | None) -> None:
        turn = 0

        @SETTINGS
        @given(case=operation.as_strategy(generation_mode=mode))
        def cases(case: Any) -> None:
            nonlocal turn
            turn += 1
            if here is not None and turn % 3:
                case.path_parameters = here
            self._call(operation, case)

        try:
            cases()
        except hypothesis.errors.Unsatisfiable:
            # Without parameters and body there is nothing that could be wrong.
            assert mode == GenerationMode.NEGATIVE, operation.label

    def _call(self, operation: Operation, case: Any) -> None:
        given = case.as_transport_kwargs(base_url="http://test")
        given.pop("timeout", None)
        prepared = requests.Request(**given).prepare()
        answer = asyncio.run_coroutine_threadsafe(self._send(operation, prepared), self.loop)
        response = answer.result(30)
        self.answers[operation.label] += 1
        self.statuses[response.status_code] += 1
        try:
            # Of streams the document describes the whole; schemathesis looks at each event.
            stream = response.headers.get("content-type", "").startswith("text/event-stream")
            excluded = [response_schema_conformance] if stream else []
            case.validate_response(response, checks=CHECKS, excluded_checks=excluded)
            undocumented(operation, response)
        except (AssertionError, FailureGroup) as fault:
            said = f"{prepared.method} {prepared.url} {prepared.body!r:.400}\n{fault}"
            self.faults.setdefault(operation.label, said[:3000])

    async def _send(
        self, operation: Operation, prepared: requests.PreparedRequest
    ) -> httpx.Response:
        headers = [(k.encode(), _bytes(v)) for k, v in prepared.headers.items()]
        headers = [each for each in headers if each[0].lower() not in CREDENTIALS]
        headers += [(b"authorization", self._credential(operation)), (b"x-project-id", b"alpha")]
        request = httpx.Request(
            prepared.method or "",
            prepared.url or "",
            headers=headers,
            content=_bytes(prepared.body or b""),
        )
        return await self.scene.api.http.send(request)

    def _credential(self, operation: Operation) -> bytes:
        ada = operation.path.startswith(SESSIONS)
        token = self.scene.ada.tokens["access_token"] if ada else OPERATOR_KEY
        return f"Bearer {token}".encode()


def undocumented(operation: Operation, response: httpx.Response) -> None:
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


async def test_the_document_tells_all_that_can_happen(migrated_url: str) -> None:
    patient = {
        "api_keys": (SecretStr(OPERATOR_KEY),),
        "rate_limit_key": 10**6,
        "rate_limit_user": 10**6,
        "rate_limit_address": 10**6,
        "rate_limit_sign_in": 10**6,
        "heartbeat_s": 0.1,
    }
    async with neighbours(migrated_url, **patient) as scene:
        fuzzing = Fuzzing(scene, asyncio.get_running_loop())
        await asyncio.to_thread(fuzzing.run)
        document = scene.api.api.openapi()
    assert fuzzing.faults == {}, "\n\n".join(fuzzing.faults.values())
    operations = sum(len(each) for each in document["paths"].values())
    assert len(fuzzing.answers) == operations
    assert {200, 201, 202, 204, 404, 422} <= set(fuzzing.statuses)
