"""The gateway with a broker in memory, and requests to send it."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

from promptevolver_contracts import accounts as c
from promptevolver_contracts import headers as h
from promptevolver_contracts import queries as q
from promptevolver_contracts import subjects as s
from promptevolver_contracts.bench import TriedMetric, TriedSample, TryMetric
from promptevolver_contracts.dataset_library import FindContent, FoundContent
from promptevolver_contracts.datasets import DatasetRef, Example
from promptevolver_contracts.errors import ErrorCode, ErrorInfo
from promptevolver_contracts.facts import Fact
from promptevolver_contracts.feedback import FeedbackNote, ListNotes, NotePage
from promptevolver_contracts.history import (
    CandidateDetail,
    CandidateEntry,
    Found,
    GetCandidate,
    RunEntry,
    SearchInRun,
    SearchRuns,
)
from promptevolver_contracts.ids import CandidateId, DatasetId, RunId
from promptevolver_contracts.rpc import Query, Reply
from promptevolver_contracts.runs import RunRequest, is_simulated
from promptevolver_contracts.spending import Spend
from promptevolver_contracts.streams import BucketSpec, ConsumerSpec
from promptevolver_gateway.bus import Entry, Load, Stored
from promptevolver_gateway.datasets import common_inputs
from promptevolver_gateway.problems import Problem
from promptevolver_runtime.rpc import QueryFailed

from support.filter_oracle import holds

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


def _place(run: q.RunView) -> tuple[str, str]:
    return run.requested_at.isoformat(), run.run_id


class FakeHistory:
    """History's answers from memory."""

    def __init__(self) -> None:
        self.datasets: dict[DatasetId, DatasetRef] = {}
        self.examples: dict[DatasetId, list[Example]] = {}
        self.pages = 0
        self.notes: tuple[FeedbackNote, ...] = ()
        self.side_spend: list[c.RecordSideSpend] = []
        self.bench_spend = Spend()
        self.keys: dict[str, c.KeyCaller] = {}
        """By the hash of their text"""
        self.callers: dict[str, c.Caller] = {}
        """By their open session"""
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

    def find_content(self, question: FindContent) -> FoundContent:
        ref = self.datasets.get(question.content_id or DatasetId(""))
        if ref is None:
            raise failed(ErrorCode.UNKNOWN_DATASET)
        return FoundContent(ref=ref, inputs=tuple(sorted(common_inputs(self.examples[ref.id]))))

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

    def search_runs(self, question: SearchRuns) -> Found[RunEntry]:
        found = [
            RunEntry(**dict(run))
            for run in sorted(self.runs, key=_place, reverse=True)
            if question.filter is None or holds(question.filter, run.model_dump())
            if question.after is None or _place(run) < question.after
        ]
        page = tuple(found[: question.limit])
        return Found(items=page, next=_place(page[-1]) if len(found) > len(page) else None)

    def list_candidates(self, question: q.ListCandidates) -> q.CandidatePage:
        start = question.after + 1
        page = self.candidates[start : start + question.limit]
        last = start + len(page) - 1
        more = last + 1 < len(self.candidates)
        return q.CandidatePage(candidates=tuple(page), next_after=last if more else None)

    def get_candidate(self, question: GetCandidate) -> CandidateDetail:
        for ordinal, candidate in enumerate(self.candidates):
            if candidate.candidate_id == question.candidate_id:
                entry = CandidateEntry(**dict(candidate), ordinal=ordinal)
                return CandidateDetail(candidate=entry)
        raise failed(ErrorCode.NOT_FOUND)

    def search_candidates(self, question: SearchInRun) -> Found[CandidateEntry]:
        entries = [CandidateEntry(**dict(c), ordinal=n) for n, c in enumerate(self.candidates)]
        accepted = [each for each in entries if each.status == "accepted"]
        ranked = sorted(accepted, key=lambda each: -(each.full_mean or 0))
        return Found(items=tuple(ranked[: question.limit]), next=None)

    def list_outcomes(self, question: q.ListOutcomes) -> q.OutcomePage:
        rows = [row for row in self.outcomes if question.candidate_id in {None, row.candidate_id}]
        return q.OutcomePage(outcomes=tuple(rows), next_after=None)

    def get_access(self, _question: c.GetAccess) -> c.Access:
        return c.Access(guarded=False)

    def find_key(self, question: c.FindKey) -> c.KeyCaller:
        if question.secret_hash not in self.keys:
            raise failed(ErrorCode.UNAUTHENTICATED)
        return self.keys[question.secret_hash]

    def find_caller(self, question: c.FindCaller) -> c.Caller:
        if question.session_id not in self.callers:
            raise failed(ErrorCode.UNAUTHENTICATED)
        return self.callers[question.session_id]

    def mark_keys_used(self, _question: c.MarkKeysUsed) -> c.Done:
        return c.Done()

    def get_usage(self, question: c.GetUsage) -> c.Usage:
        return c.Usage(
            active_runs=0,
            spent_usd=0,
            reserved_usd=0,
            missing=question.admitted,
            missing_top_ups=tuple(each.control_id for each in question.topped_up),
        )

    def record_side_spend(self, question: c.RecordSideSpend) -> c.Done:
        self.side_spend.append(question)
        return c.Done()

    def get_project(self, question: c.GetProject) -> c.Project:
        if question.project != "default":
            raise failed(ErrorCode.NOT_FOUND)
        return c.Project(project="default", name="Default", created_at=AT, revision=1)

    def try_metric(self, question: TryMetric) -> TriedMetric:
        results = tuple(TriedSample(id=sample.id, score=1) for sample in question.samples)
        judge = question.judge
        simulated = judge is not None and is_simulated(judge.model)
        return TriedMetric(results=results, mean=1, spend=self.bench_spend, simulated=simulated)

    def list_notes(self, _question: ListNotes) -> NotePage:
        return NotePage(notes=self.notes)

    def get_projection(self, _question: q.GetProjection) -> q.ProjectionStatus:
        return q.ProjectionStatus(stream_epoch=1, last_seq=0, events=0, schema_version="1")


def failed(code: ErrorCode) -> QueryFailed:
    again_s = 1 if code == ErrorCode.UNAVAILABLE else None
    return QueryFailed(ErrorInfo(code=code, detail=f"history says {code}", retry_after_s=again_s))


class FakeBus:
    """A stream, and services that answer, in memory."""

    def __init__(self) -> None:
        self.connected = True
        self.history = FakeHistory()
        self.stream: list[Stored] = []
        self.kept: dict[tuple[str, str], bytes] = {}
        self.revisions: Counter[tuple[str, str]] = Counter()
        self.counts: Counter[str] = Counter()
        self._watchers: list[tuple[str, asyncio.Queue[str]]] = []
        self.ids: set[str] = set()
        self.away: set[str] = set()
        self.asked: list[str] = []
        self.loads = Load(pending=0, in_flight=0)
        self._changed = asyncio.Condition()

    async def ask(self, query: Query[Any, Any], question: Any, *, within_s: float = 5) -> Any:
        self.asked.append(query.subject)
        _, service, name = query.subject.split(".")
        if service in self.away or not self.connected:
            raise failed(ErrorCode.UNAVAILABLE)
        if name == "catalogue":
            return q.Catalogue(strategies=STRATEGIES, metrics=METRICS)
        sent = query.question.validate_json(query.question.dump_json(question))
        answer = Reply[Any](data=getattr(self.history, name)(sent))
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
                self.stream.append(
                    Stored(subject, len(self.stream) + 1, body, {h.RUN: run, h.TYPE: kind})
                )
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

    async def read(self, subjects: Sequence[str], start: int) -> AsyncGenerator[Stored, None]:
        position = start
        while True:
            async with self._changed:
                while len(self.stream) < position:
                    await self._changed.wait()
            for stored in self.stream[position - 1 :]:
                position = stored.sequence + 1
                if any(fnmatchcase(stored.subject, _glob(each)) for each in subjects):
                    yield stored

    async def keep(self, bucket: BucketSpec, key: str, value: bytes) -> None:
        self.need()
        self.kept[bucket.name, key] = value
        self.revisions[bucket.name, key] += 1
        for name, keys in self._watchers:
            if name == bucket.name:
                keys.put_nowait(key)

    async def take(self, bucket: BucketSpec, key: str) -> bytes | None:
        self.need()
        return self.kept.pop((bucket.name, key), None)

    async def find(self, bucket: BucketSpec, key: str) -> Entry | None:
        self.need()
        value = self.kept.get((bucket.name, key))
        return None if value is None else Entry(value, self.revisions[bucket.name, key])

    async def claim(self, bucket: BucketSpec, key: str, value: bytes, *, over: int) -> int | None:
        self.need()
        if self.revisions[bucket.name, key] != over:
            return None
        await self.keep(bucket, key, value)
        return self.revisions[bucket.name, key]

    @asynccontextmanager
    async def changes(self, bucket: BucketSpec) -> AsyncIterator[AsyncGenerator[str]]:
        self.need()
        keys: asyncio.Queue[str] = asyncio.Queue()

        async def each() -> AsyncGenerator[str]:
            while True:
                yield await keys.get()

        watcher = (bucket.name, keys)
        self._watchers.append(watcher)
        async with aclosing(each()) as found:
            yield found
        self._watchers.remove(watcher)

    async def count(self, subject: str, by: int) -> int:
        self.need()
        self.counts[subject] += by
        return self.counts[subject]

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
