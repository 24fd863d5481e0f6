"""Subjects: what is said where, kind first, ids last. One constant each."""

from dataclasses import dataclass

from pydantic import TypeAdapter

from promptevolver_contracts import facts, queries
from promptevolver_contracts.controls import Control
from promptevolver_contracts.datasets import DatasetRef
from promptevolver_contracts.outcomes import Shard, ShardResult
from promptevolver_contracts.runs import RunRequest

LIVE_PREFIX = "live."
"""Where the stream republishes what it stored, for whoever watches."""


@dataclass(frozen=True, slots=True)
class Subject[M]:
    """A subject template with its message type and its only writer."""

    template: str
    adapter: TypeAdapter[M]
    writer: str

    @property
    def pattern(self) -> str:
        """The subscription pattern that catches every subject of this template."""
        return ".".join("*" if t.startswith("{") else t for t in self.template.split("."))

    def of(self, **ids: str) -> str:
        """Fill in the ids. Raises KeyError when one is missing."""
        return self.template.format(**ids)

    def encode(self, message: M) -> bytes:
        """Spell the message as JSON."""
        return self.adapter.dump_json(message)

    def decode(self, data: bytes) -> M:
        """Read a message. Raises pydantic.ValidationError when it is unreadable."""
        return self.adapter.validate_json(data)


REQUESTS = Subject("pe.req.{run}", TypeAdapter(RunRequest), "gateway")
CONTROLS = Subject("pe.ctl.{run}", TypeAdapter(Control), "gateway")
EPOCHS = Subject("pe.epoch.{run}", TypeAdapter(facts.Epoch), "optimizer")
LOG: Subject[facts.Fact] = Subject("pe.log.{run}", facts.FACT, "optimizer")
TASKS = Subject("pe.task.{lane}.{run}.{shard}", TypeAdapter(Shard), "optimizer")
RESULTS = Subject("pe.res.{run}.{shard}", TypeAdapter(ShardResult), "evaluator")
EVENTS = (REQUESTS, CONTROLS, EPOCHS, LOG, TASKS, RESULTS)

DEAD_LETTERS = "pe.dlq.>"


@dataclass(frozen=True, slots=True)
class Query[Q, A]:
    """A request/reply subject with its question and its answer."""

    subject: str
    question: TypeAdapter[Q]
    answer: TypeAdapter[queries.Reply[A]]


def _query[Q, A](subject: str, question: type[Q], answer: type[queries.Reply[A]]) -> Query[Q, A]:
    return Query(subject, TypeAdapter(question), TypeAdapter(answer))


PUT_EXAMPLES = _query(
    "rpc.history.put_examples", queries.PutExamples, queries.Reply[queries.PutExamplesAnswer]
)
GET_DATASET = _query("rpc.history.get_dataset", queries.GetDataset, queries.Reply[DatasetRef])
GET_EXAMPLES = _query(
    "rpc.history.get_examples", queries.GetExamples, queries.Reply[queries.ExamplePage]
)
GET_RUN = _query("rpc.history.get_run", queries.GetRun, queries.Reply[queries.RunView])
GET_RUN_REQUEST = _query(
    "rpc.history.get_run_request", queries.GetRunRequest, queries.Reply[queries.RunRequestAnswer]
)
LIST_RUNS = _query("rpc.history.list_runs", queries.ListRuns, queries.Reply[queries.RunPage])
LIST_CANDIDATES = _query(
    "rpc.history.list_candidates", queries.ListCandidates, queries.Reply[queries.CandidatePage]
)
LIST_OUTCOMES = _query(
    "rpc.history.list_outcomes", queries.ListOutcomes, queries.Reply[queries.OutcomePage]
)
GET_PROJECTION = _query(
    "rpc.history.get_projection", queries.GetProjection, queries.Reply[queries.ProjectionStatus]
)
HISTORY_QUERIES = (
    PUT_EXAMPLES,
    GET_DATASET,
    GET_EXAMPLES,
    GET_RUN,
    GET_RUN_REQUEST,
    LIST_RUNS,
    LIST_CANDIDATES,
    LIST_OUTCOMES,
    GET_PROJECTION,
)
GET_STRATEGIES = _query(
    "rpc.optimizer.catalogue", queries.GetProjection, queries.Reply[queries.Catalogue]
)
GET_METRICS = _query(
    "rpc.evaluator.catalogue", queries.GetProjection, queries.Reply[queries.Catalogue]
)
