"""Which columns of a list are shown."""

from collections.abc import Mapping
from dataclasses import dataclass

from promptevolver_contracts.errors import FieldError
from promptevolver_contracts.fields import Resource
from promptevolver_contracts.history import (
    CandidateEntry,
    EventEntry,
    MutationEntry,
    OutcomeEntry,
    RunEntry,
)
from pydantic import BaseModel

from promptevolver_gateway.mending import unknown
from promptevolver_gateway.problems import Problem

ENTRIES: Mapping[Resource, type[BaseModel]] = {
    "runs": RunEntry,
    "candidates": CandidateEntry,
    "outcomes": OutcomeEntry,
    "mutations": MutationEntry,
    "events": EventEntry,
}
IDENTITY: Mapping[Resource, tuple[str, ...]] = {
    "runs": ("run_id",),
    "candidates": ("candidate_id",),
    "outcomes": ("seq", "candidate_id", "example_id", "repeat"),
    "mutations": ("seq",),
    "events": ("seq",),
}
"""Always shown."""

GROUPS: Mapping[Resource, Mapping[str, tuple[str, ...]]] = {
    "runs": {
        "core": (
            *("name", "kind", "state", "strategy", "program", "dataset", "simulated"),
            *("requested_at", "started_at", "ended_at", "verdict", "original_mean", "best_mean"),
            *("tags", "archived"),
        ),
        "progress": (
            *("proposed", "accepted", "rejected", "shards_dispatched", "shards_done", "outcomes"),
            *("last_seq", "paused_reason", "reason", "error"),
        ),
        "scores": ("original_mean", "best_mean", "scores", "verdict", "comparison"),
        "spend": ("budget", "spend"),
        "notes": ("name", "tags", "note", "archived", "version"),
        "texts": ("winner", "winner_texts"),
        "config": ("models", "config"),
    },
    "candidates": {
        "core": ("ordinal", "step", "parents", "operator", "status", "full_mean"),
        "scores": ("full_mean", "full_examples", "scores"),
        "texts": ("texts",),
    },
    "outcomes": {
        "core": ("split", "outcome_class", "score", "fault", "at"),
        "scores": ("score", "scores"),
        "io": ("output", "feedback", "stages", "truncated"),
        "spend": ("spend", "worth", "latency_ms", "cached"),
    },
    "mutations": {"core": ("step", "mutation", "at")},
    "events": {"core": ("type", "at", "step", "line"), "payload": ("payload",)},
}
_LONG: Mapping[Resource, frozenset[str]] = {
    "runs": frozenset({"winner_texts", "config"}),
    "outcomes": frozenset({"output", "feedback", "stages"}),
    "events": frozenset({"payload"}),
}


@dataclass(frozen=True, slots=True)
class Columns:
    """What is shown of each entry."""

    shown: frozenset[str] | None = None
    """None for all but the long ones"""
    whole: bool = False
    """Whether long texts come whole"""

    @classmethod
    def named(cls, names: tuple[str, ...], resource: Resource, pointer: str) -> "Columns":
        """Give the columns of names and groups. Raises Problem for an unknown one."""
        if not names:
            return cls()
        groups, known = GROUPS[resource], ENTRIES[resource].model_fields
        wrong = [name for name in names if name not in groups and name not in known]
        if wrong:
            allowed = (*groups, *known)
            message = unknown(f"{resource} have no column '{wrong[0]}'", wrong[0], allowed)
            error = FieldError(
                pointer=pointer, message=message, code="unknown_field", allowed=allowed
            )
            raise Problem.of_fields([error])
        wanted = {column for name in names for column in groups.get(name, (name,))}
        return cls(
            frozenset(wanted | set(IDENTITY[resource])),
            whole=bool(wanted & _LONG.get(resource, frozenset())),
        )
