"""Subjects: what is said where, kind first, ids last. One constant each."""

from dataclasses import dataclass

from pydantic import TypeAdapter

from promptevolver_contracts import facts, queries
from promptevolver_contracts.controls import Control
from promptevolver_contracts.datasets import DatasetRef
from promptevolver_contracts.outcomes import Shard, ShardResult
from promptevolver_contracts.rpc import query
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
COUNTS = "count.*.*.*"
"""`count.<policy>.<who>.<window>`: a number, added to by headers."""


PUT_EXAMPLES = query("rpc.history.put_examples", queries.PutExamples, queries.PutExamplesAnswer)
GET_DATASET = query("rpc.history.get_dataset", queries.GetDataset, DatasetRef)
GET_EXAMPLES = query("rpc.history.get_examples", queries.GetExamples, queries.ExamplePage)
GET_RUN = query("rpc.history.get_run", queries.GetRun, queries.RunView)
GET_RUN_REQUEST = query(
    "rpc.history.get_run_request", queries.GetRunRequest, queries.RunRequestAnswer
)
LIST_CANDIDATES = query(
    "rpc.history.list_candidates", queries.ListCandidates, queries.CandidatePage
)
LIST_OUTCOMES = query("rpc.history.list_outcomes", queries.ListOutcomes, queries.OutcomePage)
GET_PROJECTION = query(
    "rpc.history.get_projection", queries.GetProjection, queries.ProjectionStatus
)
HISTORY_QUERIES = (
    PUT_EXAMPLES,
    GET_DATASET,
    GET_EXAMPLES,
    GET_RUN,
    GET_RUN_REQUEST,
    LIST_CANDIDATES,
    LIST_OUTCOMES,
    GET_PROJECTION,
)
GET_STRATEGIES = query("rpc.optimizer.catalogue", queries.GetProjection, queries.Catalogue)
GET_METRICS = query("rpc.evaluator.catalogue", queries.GetProjection, queries.Catalogue)
