"""History's answers from memory."""

from datetime import UTC, datetime
from typing import Any

from promptevolver_contracts import accounts as c
from promptevolver_contracts import queries as q
from promptevolver_contracts.bench import TriedMetric, TriedSample, TryMetric
from promptevolver_contracts.dataset_library import FindContent, FoundContent
from promptevolver_contracts.datasets import DatasetRef, Example
from promptevolver_contracts.errors import ErrorCode, ErrorInfo
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
from promptevolver_contracts.runs import is_simulated
from promptevolver_contracts.spending import Spend
from promptevolver_gateway.datasets import common_inputs
from promptevolver_runtime.rpc import QueryFailed

from support.filter_oracle import holds

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


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


CANDIDATE = CandidateId("c0ffee")
