"""Puts the tables into `docs/reference/performance.md`: `python -m bench.report` in `tests/`."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_DOCS = Path(__file__).parents[2] / "docs" / "reference"
PAGE = _DOCS / "performance.md"
_PLACE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

HEADS: Mapping[str, Mapping[str, str]] = {
    "calls": {
        "latency_ms": "model ms",
        "client": "client",
        "rate": "examples/s",
        "cpu_per_1000": "CPU s / 1000",
        "of_litellm": "of the LiteLLM loop's speed",
        "of_floor": "times the floor's CPU",
    },
    "peers": {
        "latency_ms": "model ms",
        "client": "tool",
        "rate": "examples/s",
        "cpu_per_1000": "CPU s / 1000",
        "of_evaluator": "of the evaluator's speed",
    },
    "replicas": {
        "concurrency": "calls in flight each",
        "replicas": "evaluators",
        "rate": "examples/s",
        "of_linear": "of linear",
        "cpu_cores": "cores used by evaluators",
        "machine_busy": "machine busy",
    },
    "runs": {
        "width": "width",
        "calls": "model calls",
        "wall_s": "wall s",
        "latencies_s": "sum of latencies s",
        "effective": "effective concurrency",
    },
    "gateway": {
        "load": "load",
        "requests": "requests",
        "rate": "requests/s",
        "p50_ms": "p50 ms",
        "p99_ms": "p99 ms",
    },
    "memory": {
        "process": "process",
        "idle_mib": "idle MiB",
        "loaded_mib": "100 runs active MiB",
    },
    "live": {
        "load": "run",
        "listeners": "listeners",
        "events": "facts and shards/s",
        "p50_ms": "p50 ms",
        "p99_ms": "p99 ms",
        "last_ms": "last listener hears the last event, ms",
        "kib_each": "KiB each",
    },
    "projection": {
        "messages": "messages",
        "outcomes": "with outcomes",
        "seconds": "seconds",
        "rate": "messages/s",
        "cpu_per_1000": "CPU s / 1000",
    },
    "history_reads": {
        "read": "read",
        "alone_p50_ms": "alone: p50 ms",
        "alone_p95_ms": "p95",
        "alone_p99_ms": "p99",
        "busy_p50_ms": "while ingesting: p50 ms",
        "busy_p95_ms": "p95",
        "busy_p99_ms": "p99",
    },
    "history_ingest": {
        "runs": "runs stored",
        "stored": "outcomes stored",
        "published": "outcomes published/s",
        "projected": "outcomes projected/s",
        "behind": "most that were waiting",
    },
    "exports": {
        "format": "format",
        "rows": "rows",
        "mib": "file MiB",
        "seconds": "seconds",
        "rate": "rows/s",
        "idle_mib": "worker before MiB",
        "peak_mib": "at most MiB",
    },
    "resume": {
        "outcomes": "outcomes",
        "messages": "messages replayed",
        "seconds": "s from take-over to the next fact",
    },
}


def table(section: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """Spell rows as a Markdown table."""
    heads = HEADS[section]
    lines = [heads.values(), ["---"] * len(heads)]
    lines += [[_spelt(row.get(name)) for name in heads] for row in rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def render(document: Mapping[str, Any]) -> None:
    """Write every table of the page anew."""
    sections = document["sections"]

    def filled(match: re.Match[str]) -> str:
        opening, name, closing = match.groups()
        if name == "machine":
            body = _machine(document)
        elif name in sections:
            measured = sections[name]["measured"]
            body = f"{table(name, sections[name]['rows'])}\n\nMeasured {measured}.\n"
        else:
            body = "Not measured on this machine.\n"
        return f"{opening}\n{body}\n{closing}"

    PAGE.write_text(_PLACE.sub(filled, PAGE.read_text("utf-8")), "utf-8")


def _machine(document: Mapping[str, Any]) -> str:
    here = document["machine"]
    packages = ", ".join(f"{name} {version}" for name, version in here["packages"].items())
    return (
        f"{here['cores']} cores of {here['cpu']}, {here['memory_gib']} GiB of memory, "
        f"{here['system']}, Python {here['python']}; {packages}.\n"
    )


def _spelt(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


if __name__ == "__main__":
    render(json.loads((_DOCS / "performance.json").read_text("utf-8")))
