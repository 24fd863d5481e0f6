"""Every field of every resource."""

from collections.abc import Mapping
from typing import Literal, get_args

from promptevolver_contracts.datasets import Split
from promptevolver_contracts.facts import Verdict
from promptevolver_contracts.fields.kinds import FieldSpec, Kind
from promptevolver_contracts.outcomes import OutcomeClass
from promptevolver_contracts.runs import Relation, RunKind, RunState

Resource = Literal["runs", "candidates", "outcomes", "mutations", "events"]


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
