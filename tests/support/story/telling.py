"""Calling operations by their ids, and keeping what they answered."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
from promptevolver_contracts.bench import TRY_METRIC
from promptevolver_contracts.ids import RunId
from promptevolver_contracts.queries import Catalogue, GetProjection
from promptevolver_contracts.runs import RunRequest
from promptevolver_contracts.subjects import GET_METRICS, GET_STRATEGIES, REQUESTS
from promptevolver_evaluator import metrics
from promptevolver_evaluator.bench import Bench
from promptevolver_optimizer.strategies import registry

from support.backend import Backend
from support.people import Person
from support.simulated_search import SimulatedLlm
from support.told_runs import Told
from support.triage import TRIAGE

JSON = "application/json"
_OWN = "the document's own example"

type Part = Callable[[str], str]


@dataclass
class Shown:
    """What an operation was sent and what it answered, by status and media type."""

    request: dict[str, Any] = field(default_factory=dict)
    responses: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class Story:
    """Who tells it, what exists so far, and what was shown."""

    api: Backend
    person: Person
    receiver: str
    """Where webhooks are sent to"""
    ids: dict[str, Any] = field(default_factory=dict)
    """Parameters of paths, as far as the story knows them"""
    shown: dict[str, Shown] = field(default_factory=dict)
    told_at: dict[datetime, datetime] = field(default_factory=dict)
    """What was told at which time, and when its run was asked for"""

    def __post_init__(self) -> None:
        self._document = self.api.api.openapi()
        self._operations = {
            operation["operationId"]: (method.upper(), path, operation)
            for path, methods in self._document["paths"].items()
            for method, operation in methods.items()
        }
        kinds = metrics.registry()

        async def metric_kinds(_: GetProjection) -> Catalogue:
            return Catalogue(metrics=metrics.parameter_schemas(kinds))

        async def strategies(_: GetProjection) -> Catalogue:
            return Catalogue(
                strategies={n: each.params.model_json_schema() for n, each in registry().items()}
            )

        bench = Bench(SimulatedLlm(TRIAGE / "landscape.yaml", 0), kinds)
        self.api.bus.serve(GET_METRICS, metric_kinds)
        self.api.bus.serve(GET_STRATEGIES, strategies)
        self.api.bus.serve(TRY_METRIC, bench.try_metric)

    async def show(
        self, operation: str, body: Any = _OWN, *, part: Part = str, **asked: Any
    ) -> Any:
        """Call an operation; the first answer of each status and media type is kept.

        Without a body the document's own example is sent. A body of the story's own is kept too.
        Of texts, `part` says what is kept.
        """
        response = await self.call(operation, body, **asked)
        media = response.headers.get("content-type", "").partition(";")[0]
        shown = self.shown.setdefault(operation, Shown())
        if isinstance(body, dict):
            shown.request.setdefault(JSON, body)
        elif isinstance(body, str) and body is not _OWN:
            shown.request.setdefault(asked["media"], part(body))
        if not response.content:
            return None
        answer = response.json() if media == JSON else part(response.text)
        declared = self._operations[operation][2]["responses"][str(response.status_code)]
        if media not in declared["content"]:
            (media,) = declared["content"]
        shown.responses.setdefault(str(response.status_code), {}).setdefault(media, answer)
        return answer

    async def call(
        self,
        operation: str,
        body: Any = _OWN,
        *,
        by: Person | None = None,
        accept: str = JSON,
        query: Mapping[str, Any] | None = None,
        media: str | None = None,
        **ids: Any,
    ) -> httpx.Response:
        """Call an operation in the story's project, and see that it succeeds."""
        method, path, about = self._operations[operation]
        headers = {"Accept": accept, **(by or self.person).headers}
        sent: dict[str, Any] = {}
        if body is _OWN:
            body = self._example(about)
        if isinstance(body, str):
            headers["Content-Type"] = str(media)
            sent = {"content": body}
        elif body is not None:
            sent = {"json": body}
        answer = await self.api.http.request(
            method, path.format(**self.ids | ids), headers=headers, params=query, **sent
        )
        assert answer.is_success, f"{operation}: {answer.status_code} {answer.text}"
        return answer

    def _example(self, about: Mapping[str, Any]) -> Any:
        schema = about.get("requestBody", {}).get("content", {}).get(JSON, {}).get("schema", {})
        for kind in schema.get("anyOf", [schema]):
            name = kind.get("$ref", "").rpartition("/")[2]
            if name:
                return self._document["components"]["schemas"][name]["examples"][0]
        return None

    def tags(self) -> dict[str, str]:
        """Give the resource of each operation, in the document's order."""
        return {name: about["tags"][0] for name, (_, _, about) in self._operations.items()}

    def request_of(self, run_id: str) -> RunRequest:
        """Give the request of a run as the stream has it."""
        subject = REQUESTS.of(run=RunId(run_id))
        (found,) = [each for each in self.api.bus.stream if each.subject == subject]
        return REQUESTS.decode(found.data)

    async def tell(self, told: Iterable[Told], request: RunRequest) -> None:
        """Write messages of a run into the stream, and let history read them."""
        for each in told:
            about = json.loads(each.body)
            if each.subject.startswith(("pe.log.", "pe.res.")):
                at = datetime.fromisoformat(about["at"]).astimezone(UTC)
                self.told_at[at] = request.requested_at
            await self.api.bus.publish(
                each.subject,
                each.body,
                kind=about.get("type", "result"),
                msg_id=each.msg_id,
                run=request.run_id,
            )
        await self.api.project()


def first(lines: int) -> Part:
    """Keep the first lines."""
    return lambda text: "".join(text.splitlines(keepends=True)[:lines])


def about(word: str) -> Part:
    """Keep the lines that have a word in them."""
    return lambda text: "".join(each for each in text.splitlines(keepends=True) if word in each)
