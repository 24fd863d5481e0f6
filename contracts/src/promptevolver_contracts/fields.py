"""What lists can be filtered and sorted by: each resource's fields, and what each one takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime
from difflib import get_close_matches
from enum import StrEnum
from typing import Literal, get_args

from promptevolver_contracts.datasets import Split
from promptevolver_contracts.facts import Verdict
from promptevolver_contracts.filters import Among, Compare, Leaf, Presence, Search, Value
from promptevolver_contracts.outcomes import OutcomeClass
from promptevolver_contracts.runs import Relation, RunKind, RunState

Resource = Literal["runs", "candidates", "outcomes", "mutations", "events"]


class Kind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    TEXTS = "list of texts"
    """Compared element by element: true when any element fits."""
    KEYS = "keys"
    """JSON: a key inside takes whatever it is compared with; of another type it is absent."""
    NUMBERS = "numbers by name"


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field."""

    kind: Kind
    description: str
    allowed: tuple[str, ...] = ()
    """Every value there is; none for an open field."""

    @property
    def nested(self) -> bool:
        """Whether keys follow its name."""
        return self.kind in (Kind.KEYS, Kind.NUMBERS)

    @property
    def sortable(self) -> bool:
        """Whether lists can be sorted by it; of numbers by name, by each."""
        return self.kind not in (Kind.TEXTS, Kind.KEYS)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a filter or a sort does not fit a resource."""

    code: Literal["unknown_field", "wrong_type", "unknown_value", "not_comparable"]
    message: str
    allowed: tuple[str, ...] | None = None


def _text(description: str, *allowed: str) -> FieldSpec:
    return FieldSpec(Kind.TEXT, description, allowed)


def _number(description: str) -> FieldSpec:
    return FieldSpec(Kind.NUMBER, description)


def _date(description: str) -> FieldSpec:
    return FieldSpec(Kind.DATE, description)


def _flag(description: str) -> FieldSpec:
    return FieldSpec(Kind.BOOLEAN, description)


_SPEND = {
    "calls": _number("Paid model calls"),
    "cached_calls": _number("Calls answered from the response cache"),
    "prompt_tokens": _number("Tokens sent"),
    "completion_tokens": _number("Tokens received"),
    "tokens": _number("Both together"),
    "usd": _number("Cost in US dollars"),
}

_RUNS = {
    "run_id": _text("Id of the run"),
    "name": _text("For people"),
    "kind": _text("What was asked for", *get_args(RunKind)),
    "state": _text("Where it stands", *get_args(RunState)),
    "strategy": _text("Which strategy searched"),
    "program": _text("Name of the program"),
    "dataset": _text("Name of the dataset"),
    "task_model": _text("Model that runs the program"),
    "verdict": _text("What the sealed exam said", *get_args(Verdict)),
    "reason": _text("Why it ended"),
    "paused_reason": _text("Why it is paused"),
    "trace_id": _text("Trace of the request"),
    "origin_run": _text("The run that it descends from"),
    "origin_candidate": _text("The candidate at which that run was forked"),
    "origin_relation": _text("How it descends", *get_args(Relation)),
    "simulated": _flag("Whether a simulated provider answered"),
    "requested_at": _date("When it was asked for"),
    "created_at": _date("The same, as `requested_at`"),
    "started_at": _date("When an optimizer began"),
    "ended_at": _date("When it ended"),
    "duration_s": _number("Seconds from start to end"),
    "original_mean": _number("Score of the original on the whole split"),
    "best_mean": _number("Score of the best candidate on the whole split"),
    "gain": _number("`best_mean` less `original_mean`"),
    "exam_original": _number("Score of the original in the sealed exam"),
    "exam_winner": _number("Score of the winner in the sealed exam"),
    "exam_difference": _number("Winner less original in the sealed exam"),
    "proposed": _number("Mutations made"),
    "accepted": _number("Mutations accepted"),
    "rejected": _number("Mutations rejected"),
    "outcomes": _number("Outcomes so far"),
    "faults": _number("Outcomes that were a candidate's own fault"),
    "latency_mean_ms": _number("Mean time of the model"),
    "latency_p50_ms": _number("Median time of the model"),
    "latency_p95_ms": _number("95 % of answers came within it"),
    **_SPEND,
    "metric": FieldSpec(Kind.TEXTS, "Metrics that it was measured by"),
    "tag": FieldSpec(Kind.TEXTS, "Tags that people gave it"),
    "note": _text("What people noted about it"),
    "archived": _flag("Whether it was put away"),
    "score": FieldSpec(Kind.NUMBERS, "Mean of a metric: `score.accuracy`"),
    "metrics": FieldSpec(Kind.NUMBERS, "The same, as `score`"),
    "config": FieldSpec(Kind.KEYS, "The request as it was admitted: `config.strategy.name`"),
    "metadata": FieldSpec(Kind.KEYS, "What the request carried for you: `metadata.team`"),
}

_CANDIDATES = {
    "candidate_id": _text("Hash of the candidate"),
    "ordinal": _number("Order of proposal"),
    "step": _number("Number of the mutation that made it"),
    "operator": _text("Which operator made it"),
    "status": _text("What became of it", "original", "proposed", "accepted", "rejected"),
    "full_mean": _number("Mean on the whole validation split"),
    "full_examples": _number("Examples behind `full_mean`"),
    "parent": FieldSpec(Kind.TEXTS, "Candidates that it was made from"),
    "pinned": _flag("Whether somebody keeps it in play"),
    "vetoed": _flag("Whether somebody rules it out"),
    "score": FieldSpec(Kind.NUMBERS, "Mean of a metric: `score.accuracy`"),
}

_OUTCOMES = {
    "candidate_id": _text("Whose outcome"),
    "example_id": _text("On which example"),
    "shard_id": _text("In which shard"),
    "seq": _number("Order of arrival"),
    "repeat": _number("Which repetition, from 0"),
    "split": _text("Of which split the example is", *get_args(Split), "unknown"),
    "class": _text("Scored, or the candidate's own fault", *get_args(OutcomeClass)),
    "outcome_class": _text("The same, as `class`", *get_args(OutcomeClass)),
    "fault": _text("Kind of the candidate's fault"),
    "score": _number("The weighted score"),
    "scores": FieldSpec(Kind.NUMBERS, "Score by metric: `scores.accuracy`"),
    "output": _text("What the program gave"),
    "feedback": _text("What the metrics said"),
    "latency_ms": _number("Time of the model"),
    "cached": _flag("Whether the cache answered"),
    "at": _date("When its shard was done"),
    **_SPEND,
}

_MUTATIONS = {
    "seq": _number("Order"),
    "step": _number("Number of the mutation"),
    "operator": _text("Which operator"),
    "child": _text("Candidate that it made"),
    "parent": FieldSpec(Kind.TEXTS, "Candidates that it started from"),
    "component": FieldSpec(Kind.TEXTS, "Components that it changed"),
    "example": FieldSpec(Kind.TEXTS, "Examples that it looked at"),
    "rationale": _text("The operator's reasons"),
    "at": _date("When"),
}

_EVENTS = {
    "seq": _number("Stream sequence"),
    "kind": _text("Who wrote it", "req", "ctl", "epoch", "log"),
    "type": _text("What happened, e.g. `candidate.accepted`"),
    "trace_id": _text("Trace that it belongs to"),
    "at": _date("When"),
}

RESOURCES: Mapping[Resource, Mapping[str, FieldSpec]] = {
    "runs": _RUNS,
    "candidates": _CANDIDATES,
    "outcomes": _OUTCOMES,
    "mutations": _MUTATIONS,
    "events": _EVENTS,
}


def names(resource: Resource) -> tuple[str, ...]:
    """Give the fields as they are written; `.…` where keys follow."""
    fields = RESOURCES[resource].items()
    return tuple(f"{name}.…" if spec.nested else name for name, spec in fields)


def fault(leaf: Leaf, resource: Resource) -> Fault | None:
    """Say why a comparison does not fit the resource, or give None."""
    if isinstance(leaf, Search):
        return None
    wrong = field_fault(leaf.field, resource)
    if wrong is not None or isinstance(leaf, Presence):
        return wrong
    spec = RESOURCES[resource][leaf.field[0]]
    values = leaf.values if isinstance(leaf, Among) else (leaf.value,)
    wrongs = (_value_fault(leaf, value, spec) for value in values)
    return _operator_fault(leaf, spec) or next((each for each in wrongs if each), None)


def field_fault(path: tuple[str, ...], resource: Resource) -> Fault | None:
    """Say why there is no such field, or give None."""
    known = RESOURCES[resource]
    spec = known.get(path[0])
    if spec is None:
        message = f"{resource} have no field '{path[0]}'{_hint(path[0], known)}"
        return Fault("unknown_field", message, names(resource))
    dotted = ".".join(path)
    if not spec.nested and len(path) > 1:
        return Fault("unknown_field", f"'{path[0]}' has no keys inside, so no '{dotted}'")
    if spec.nested and len(path) == 1:
        return Fault("unknown_field", f"name a key inside '{path[0]}': '{path[0]}.KEY'")
    if spec.kind is Kind.NUMBERS and len(path) > 2:
        return Fault("unknown_field", f"'{path[0]}' holds numbers by name; shorten '{dotted}'")
    return None


def _hint(name: str, known: Mapping[str, FieldSpec]) -> str:
    near = get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    return f"; did you mean '{near[0]}'?" if near else ""


def _operator_fault(leaf: Compare | Among, spec: FieldSpec) -> Fault | None:
    texts = spec.kind in (Kind.TEXT, Kind.TEXTS, Kind.KEYS)
    if leaf.op in ("contains", "like") and not texts:
        return Fault("not_comparable", f"'{leaf.field[0]}' is no text; use = < > instead")
    if leaf.op in ("<", "<=", ">", ">=") and spec.kind is Kind.BOOLEAN:
        return Fault("not_comparable", f"'{leaf.field[0]}' is true or false; use =")
    return None


def _value_fault(leaf: Compare | Among, value: Value, spec: FieldSpec) -> Fault | None:
    name = ".".join(leaf.field)
    if leaf.op in ("contains", "like") and not isinstance(value, str):
        return Fault("wrong_type", f"'{leaf.op}' takes a text in quotes, not {value!r}")
    if isinstance(value, bool) and leaf.op in ("<", "<=", ">", ">="):
        return Fault("not_comparable", f"true and false have no order; compare '{name}' with =")
    if not _fits(value, spec.kind):
        return Fault("wrong_type", f"'{name}' is a {spec.kind}; {value!r} is none")
    if spec.allowed and leaf.op in ("=", "!=", "in", "not in") and value not in spec.allowed:
        near = get_close_matches(str(value), spec.allowed, n=1, cutoff=0.5)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        return Fault("unknown_value", f"'{name}' is never {value!r}{hint}", spec.allowed)
    return None


def _fits(value: Value, kind: Kind) -> bool:
    match kind:
        case Kind.TEXT | Kind.TEXTS:
            return isinstance(value, str)
        case Kind.NUMBER | Kind.NUMBERS:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case Kind.BOOLEAN:
            return isinstance(value, bool)
        case Kind.DATE:
            return isinstance(value, str) and _is_date(value)
        case Kind.KEYS:
            return True


def _is_date(text: str) -> bool:
    try:
        moment(text)
    except ValueError:
        return False
    return True


def moment(text: str) -> datetime:
    """Read a date or a time in ISO 8601; without an offset it is UTC. Raises ValueError."""
    read = datetime.fromisoformat(text)
    if not 1 < read.year < MAXYEAR:
        raise ValueError(f"no year {read.year}")
    return read if read.tzinfo else read.replace(tzinfo=UTC)
