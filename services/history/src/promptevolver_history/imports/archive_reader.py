"""Reading a run archive line by line; pure. Its messages are checked as the stream's are."""

import json
from dataclasses import dataclass, field
from typing import Literal

from promptevolver_contracts.ids import RunId
from promptevolver_contracts.outcomes import ShardResult
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from promptevolver_history.events import Event, Unreadable, read
from promptevolver_history.exports.archives import FORMAT, VERSION, ContentHash
from promptevolver_history.imports.lines import BadLine

_ID = r"^[A-Za-z0-9_.:-]{1,200}$"
_ENDS = frozenset({"run.completed", "run.failed", "run.cancelled"})


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Head(_Line):
    """The first line."""

    format: Literal["promptevolver-runs"]
    version: int
    runs: int


class Begin(_Line):
    """A run begins."""

    run: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")


class Said(_Line):
    """A message of the run."""

    kind: Literal["req", "ctl", "epoch", "log", "res"]
    event_id: str = Field(pattern=_ID)
    trace_id: str | None = Field(None, pattern=r"^[0-9a-f]{32}$")
    payload: str


class End(_Line):
    """The run is whole."""

    end: str
    events: int
    content_hash: str


@dataclass(slots=True)
class OpenRun:
    """The run that is being read."""

    run_id: RunId
    content: ContentHash = field(default_factory=ContentHash)
    requested: bool = False
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Begun:
    """A run begins."""

    run_id: RunId


@dataclass(frozen=True, slots=True)
class Finished:
    """A run is whole."""

    run_id: RunId
    content_hash: str


class ArchiveReader:
    """Reads an archive into a project. Raises BadLine."""

    def __init__(self, project: str) -> None:
        self._project = project
        self._head: Head | None = None
        self._run: OpenRun | None = None
        self._finished: set[str] = set()

    def take(self, number: int, line: bytes) -> Event | Begun | Finished | None:
        """Read the next line."""
        said = _parsed(number, line)
        match said:
            case Head():
                self._begin_file(number, said)
                return None
            case _ if self._head is None:
                raise BadLine(number, "malformed", f"the first line must name '{FORMAT}'")
            case Begin():
                return self._begin_run(number, said)
            case Said():
                return self._message(number, said)
            case End():
                return self._end_run(number, said)

    def end(self) -> None:
        """Say that there are no more lines."""
        if self._head is None:
            raise BadLine(0, "empty", "the file is empty; send an archive")
        if self._run is not None or len(self._finished) != self._head.runs:
            raise BadLine(0, "truncated", "the archive ends early; send the whole file")

    def _begin_file(self, number: int, said: Head) -> None:
        if self._head is not None:
            raise BadLine(number, "malformed", "the head comes once, in the first line")
        if said.version != VERSION:
            message = f"this is version {said.version} of the format; {VERSION} can be read here"
            raise BadLine(number, "unknown_version", message)
        self._head = said

    def _begin_run(self, number: int, said: Begin) -> Begun:
        if self._run is not None:
            raise BadLine(number, "malformed", f"run {self._run.run_id} has no end yet")
        if said.run in self._finished:
            raise BadLine(number, "duplicate", f"run {said.run} is there twice")
        self._run = OpenRun(RunId(said.run))
        return Begun(self._run.run_id)

    def _message(self, number: int, said: Said) -> Event:
        run = self._run
        if run is None:
            raise BadLine(number, "malformed", "a message before any run")
        if (said.kind == "req") == run.requested:
            message = "a run begins with its request, and has one"
            raise BadLine(number, "malformed", message)
        run.content.add(said.kind, said.event_id, _json_text(number, said.payload))
        payload = said.payload
        if said.kind == "req":
            run.requested = True
            payload = json.dumps(
                json.loads(payload) | {"project": self._project}, ensure_ascii=False
            )
        event = event_of(number, run.run_id, said.kind, said.event_id, payload, said.trace_id)
        run.ended = run.ended or event.type in _ENDS
        return event

    def _end_run(self, number: int, said: End) -> Finished:
        run, self._run = self._run, None
        if run is None or run.run_id != said.end:
            raise BadLine(number, "malformed", f"run {said.end} has not begun")
        if (said.events, said.content_hash) != (run.content.events, run.content.value):
            message = f"the messages of run {said.end} are not those that were exported"
            raise BadLine(number, "changed", message)
        if not run.ended:
            raise BadLine(number, "unfinished", f"run {said.end} has no end among its messages")
        self._finished.add(said.end)
        return Finished(run.run_id, run.content.value)


def event_of(
    seq: int, run_id: str, kind: str, event_id: str, payload: str, trace_id: str | None
) -> Event:
    """Read a message as if the stream had brought it. Raises BadLine."""
    subject = f"pe.{kind}.{run_id}" + (f".{event_id}" if kind == "res" else "")
    headers = {} if trace_id is None else {"traceparent": f"00-{trace_id}-{'0' * 16}-01"}
    try:
        event = read(seq, subject, payload.encode(), headers)
    except (Unreadable, ValueError) as error:
        raise BadLine(seq, "unreadable", f"no message of a run: {error}"[:1000]) from error
    if event.event_id != event_id:
        raise BadLine(seq, "malformed", f"the message is '{event.event_id}', not '{event_id}'")
    if isinstance(event.message, ShardResult):
        _require_scores(seq, event.message)
    return event


def _require_scores(number: int, result: ShardResult) -> None:
    """Refuse what no evaluator gives, and no comparison could compare."""
    for outcome in result.outcomes:
        for metric, score in outcome.scores.items():
            if not 0 <= score <= 1:
                where = f"example {outcome.example_id}: {metric} is {score:g}"
                raise BadLine(number, "unreadable", f"{where}; scores lie between 0 and 1"[:1000])


def _parsed(number: int, line: bytes) -> Head | Begin | Said | End:
    """Tell lines apart by the name that only they have."""
    kinds: tuple[tuple[bytes, type[Head | Begin | Said | End]], ...] = (
        (b'{"kind"', Said),
        (b'{"run"', Begin),
        (b'{"end"', End),
    )
    model = next((model for start, model in kinds if line.startswith(start)), Head)
    try:
        return model.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        message = f"{where or 'the line'}: {first['msg']}"
        raise BadLine(number, "malformed", message[:1000]) from error


def _json_text(number: int, payload: str) -> str:
    try:
        fits = isinstance(json.loads(payload), dict)
    except (ValueError, RecursionError) as error:
        raise BadLine(number, "malformed", f"the payload is no JSON: {error}"[:1000]) from error
    if not fits:
        raise BadLine(number, "malformed", "the payload must be a JSON object")
    return payload
