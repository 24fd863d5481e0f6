"""The gateway with a broker in memory, and requests to send it."""

import asyncio
import json
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

from promptevolver_contracts import queries as q
from promptevolver_contracts import subjects as s
from promptevolver_contracts.datasets import DatasetRef, Example
from promptevolver_contracts.errors import ErrorCode, ErrorInfo
from promptevolver_contracts.facts import Fact
from promptevolver_contracts.ids import CandidateId, DatasetId, RunId
from promptevolver_contracts.runs import RunRequest
from promptevolver_contracts.streams import ConsumerSpec
from promptevolver_gateway.bus import Load, Stored, watched_subjects
from promptevolver_gateway.problems import Problem
from promptevolver_runtime.rpc import QueryFailed

KEY = "pe_test_key"
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def optimize_body(**changes: Any) -> dict[str, Any]:
    """Give a good body, with changes."""
    body: dict[str, Any] = {
        "program": {
            "name": "triage",
            "components": {"instruction": {"text": "Which team?"}},
            "stages": [
                {
                    "name": "answer",
                    "messages": [
                        {"role": "system", "content": "{{ component.instruction }}"},
                        {"role": "user", "content": "{{ input.ticket }}"},
                    ],
                    "parameters": {"temperature": 0, "max_tokens": 50},
                }
            ],
        },
        "dataset": {"name": "tickets", "examples": examples(6)},
        "metrics": [{"name": "team", "kind": "exact_match"}],
        "models": {"task": "openai/simulated"},
        "budget": {"calls": 100},
        "strategy": {"name": "gepa", "parameters": {"rounds": 2}},
        "seed": 7,
    }
    return body | changes


def examples(count: int) -> list[dict[str, Any]]:
    splits = ("train", "validation", "test")
    return [
        {"id": str(n), "inputs": {"ticket": f"ticket {n}"}, "expected": "x", "split": splits[n % 3]}
        for n in range(count)
    ]


STRATEGIES = {
    "gepa": {
        "type": "object",
        "properties": {
            "rounds": {"type": "integer", "minimum": 1},
            "mode": {"enum": ["fast", "slow"]},
        },
        "additionalProperties": False,
    },
    "evaluate": {"type": "object", "additionalProperties": False},
}
METRICS = {
    "exact_match": {"type": "object", "additionalProperties": False},
    "llm_judge": {"type": "object", "properties": {"rubric": {"type": "string"}}},
}


def run_view(run_id: str = "run-1", **changes: Any) -> q.RunView:
    view = q.RunView(
        run_id=RunId(run_id),
        project="default",
        kind="optimization",
        name="a run",
        state="running",
        strategy="gepa",
        program="triage",
        dataset="tickets",
        models={"task": "openai/simulated"},
        simulated=True,
        requested_at=AT,
    )
    return view.model_copy(update=changes)


class FakeHistory:
    """History's answers from memory."""

    def __init__(self) -> None:
        self.datasets: dict[DatasetId, DatasetRef] = {}
        self.examples: dict[DatasetId, list[Example]] = {}
        self.pages = 0
        self.runs: list[q.RunView] = []
        self.candidates: list[q.CandidateSummary] = []
        self.outcomes: list[q.OutcomeRow] = []
        self.requests: dict[str, q.RunRequestAnswer] = {}

    def put_examples(self, question: q.PutExamples) -> q.PutExamplesAnswer:
        self.pages += 1
        stored = self.examples.setdefault(question.dataset.id, [])
        assert question.offset == len(stored)
        stored.extend(question.examples)
        if question.last:
            self.datasets[question.dataset.id] = question.dataset
        return q.PutExamplesAnswer(complete=question.last, stored=len(stored))

    def get_dataset(self, question: q.GetDataset) -> DatasetRef:
        if question.dataset_id not in self.datasets:
            raise failed(ErrorCode.UNKNOWN_DATASET)
        return self.datasets[question.dataset_id]

    def get_examples(self, question: q.GetExamples) -> q.ExamplePage:
        rest = self.examples[question.dataset_id][question.offset :]
        after = question.offset + 2
        return q.ExamplePage(examples=tuple(rest[:2]), next_offset=after if len(rest) > 2 else None)

    def get_run(self, question: q.GetRun) -> q.RunView:
        for run in self.runs:
            if run.run_id == question.run_id:
                return run
        raise failed(ErrorCode.NOT_FOUND)

    def get_run_request(self, question: q.GetRunRequest) -> q.RunRequestAnswer:
        if question.run_id not in self.requests:
            raise failed(ErrorCode.NOT_FOUND)
        return self.requests[question.run_id]

    def list_runs(self, question: q.ListRuns) -> q.RunPage:
        runs = [
            run
            for run in sorted(self.runs, key=lambda r: (r.requested_at, r.run_id), reverse=True)
            if question.state in {None, run.state}
            and (question.before is None or (run.requested_at, run.run_id) < question.before)
        ]
        return q.RunPage(runs=tuple(runs[: question.limit]), more=len(runs) > question.limit)

    def list_candidates(self, question: q.ListCandidates) -> q.CandidatePage:
        start = question.after + 1
        page = self.candidates[start : start + question.limit]
        last = start + len(page) - 1
        more = last + 1 < len(self.candidates)
        return q.CandidatePage(candidates=tuple(page), next_after=last if more else None)

    def list_outcomes(self, question: q.ListOutcomes) -> q.OutcomePage:
        rows = [row for row in self.outcomes if question.candidate_id in {None, row.candidate_id}]
        return q.OutcomePage(outcomes=tuple(rows), next_after=None)

    def get_projection(self, _question: q.GetProjection) -> q.ProjectionStatus:
        return q.ProjectionStatus(stream_epoch=1, last_seq=0, events=0, schema_version="1")


def failed(code: ErrorCode) -> QueryFailed:
    return QueryFailed(ErrorInfo(code=code, detail=f"history says {code}"))


class FakeBus:
    """A stream, and services that answer, in memory."""

    def __init__(self) -> None:
        self.connected = True
        self.history = FakeHistory()
        self.stream: list[Stored] = []
        self.ids: set[str] = set()
        self.away: set[str] = set()
        self.asked: list[str] = []
        self.loads = Load(pending=0, in_flight=0)
        self._changed = asyncio.Condition()

    async def ask(self, query: s.Query[Any, Any], question: Any, *, within_s: float = 5) -> Any:
        self.asked.append(query.subject)
        _, service, name = query.subject.split(".")
        if service in self.away or not self.connected:
            raise failed(ErrorCode.UNAVAILABLE)
        if name == "catalogue":
            return q.Catalogue(strategies=STRATEGIES, metrics=METRICS)
        sent = query.question.validate_json(query.question.dump_json(question))
        answer = q.Reply[Any](data=getattr(self.history, name)(sent))
        return query.answer.validate_json(answer.model_dump_json()).data

    async def write_once(
        self, subject: str, body: bytes, *, kind: str, msg_id: str, run: str
    ) -> int | None:
        if any(stored.subject == subject for stored in self.stream):
            return None
        return await self.publish(subject, body, kind=kind, msg_id=msg_id, run=run)

    async def publish(self, subject: str, body: bytes, *, kind: str, msg_id: str, run: str) -> int:
        self.need()
        if msg_id not in self.ids:
            self.ids.add(msg_id)
            async with self._changed:
                self.stream.append(Stored(subject, len(self.stream) + 1, body, {"PE-Run": run}))
                self._changed.notify_all()
        return len(self.stream)

    async def log(self, fact: Fact) -> int:
        subject = s.LOG.of(run=fact.run_id)
        body = s.LOG.encode(fact)
        return await self.publish(
            subject, body, kind=fact.type, msg_id=f"{fact.run_id}:{fact.id}", run=fact.run_id
        )

    async def last(self, subject: str) -> Stored | None:
        self.need()
        matches = [each for each in self.stream if fnmatchcase(each.subject, _glob(subject))]
        return matches[-1] if matches else None

    async def read(self, run: str, start: int) -> AsyncGenerator[Stored, None]:
        position = start
        while True:
            async with self._changed:
                while len(self.stream) < position:
                    await self._changed.wait()
            for stored in self.stream[position - 1 :]:
                position = stored.sequence + 1
                if any(fnmatchcase(stored.subject, _glob(w)) for w in watched_subjects(run)):
                    yield stored

    async def load(self, _consumer: ConsumerSpec) -> Load:
        self.need()
        return self.loads

    async def stream_exists(self) -> bool:
        self.need()
        return True

    def need(self) -> None:
        if not self.connected:
            raise Problem(ErrorCode.UNAVAILABLE, "away", retry_after_s=1)

    def request(self, position: int = 0) -> RunRequest:
        sent = [each for each in self.stream if each.subject.startswith("pe.req.")]
        return s.REQUESTS.decode(sent[position].data)


def _glob(subject: str) -> str:
    return subject.replace(">", "*")


def sse(text: str) -> list[dict[str, str]]:
    """Read server-sent events; comments and retry alone are left out."""
    events = []
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if line and not line.startswith(":")]
        fields = dict(line.split(": ", 1) for line in lines)
        if "event" in fields:
            events.append(fields)
    return events


def data_of(event: dict[str, str]) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(event["data"])
    return data


CANDIDATE = CandidateId("c0ffee")
