"""Metrics by kind, loaded from the entry points of every installed package."""

from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from promptevolver_evaluator.metrics.kinds import MetricKind

GROUP = "promptevolver.metrics"


def registry(found: Iterable[EntryPoint] | None = None) -> dict[str, MetricKind[Any]]:
    """Load the metric kinds by name; by default those of this environment.

    Raises TypeError for an entry point that is no MetricKind, ValueError when two packages
    register one name.
    """
    kinds: dict[str, MetricKind[Any]] = {}
    for entry in entry_points(group=GROUP) if found is None else found:
        kind = entry.load()
        if not isinstance(kind, MetricKind):
            raise TypeError(f"metric '{entry.name}' ({entry.value}) is no MetricKind")
        if entry.name in kinds:
            raise ValueError(f"two installed packages register the metric '{entry.name}'")
        kinds[entry.name] = kind
    return kinds


def parameter_schemas(kinds: Mapping[str, MetricKind[Any]]) -> dict[str, dict[str, Any]]:
    """Give the JSON Schema of each kind's parameters, for the catalogue."""
    return {name: kind.params.model_json_schema() for name, kind in sorted(kinds.items())}
