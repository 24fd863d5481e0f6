"""Strategies and metrics with their parameters."""

from collections.abc import Mapping
from importlib.metadata import entry_points
from inspect import cleandoc, getmodule
from typing import Any

from promptevolver_evaluator.metrics import GROUP
from promptevolver_evaluator.metrics import registry as metrics
from promptevolver_optimizer.strategies import registry as strategies

from reference_pages.markdown import parameters, title

_OURS = "promptevolver_evaluator."


def page() -> str:
    """Give the whole page."""
    parts = [
        title("Metrics and strategies"),
        (
            "Parameters go under `parameters` of a metric or of the strategy in a run's request. "
            "Unknown names are refused.\n"
        ),
        "## Strategies\n",
    ]
    for name, strategy in strategies().items():
        parts += _section(name, strategy.doc, strategy.params.model_json_schema())
    parts.append("## Metrics\n")
    ours = [entry for entry in entry_points(group=GROUP) if entry.value.startswith(_OURS)]
    for name, metric in sorted(metrics(ours).items()):
        doc = getattr(getmodule(metric.make), "__doc__", None) or ""
        parts += _section(name, cleandoc(doc), metric.params.model_json_schema())
    return "\n".join(parts)


def _section(name: str, doc: str, schema: Mapping[str, Any]) -> list[str]:
    drawn = parameters(schema) or "It has no parameters.\n"
    return [f"### {name}\n", f"{doc}\n", drawn]
