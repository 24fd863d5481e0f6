"""`promptevolver compare`: runs beside a baseline, metric by metric."""

import json
from typing import Annotated

import typer
from promptevolver_client import models
from promptevolver_contracts.datasets import Split
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from promptevolver_cli import running, wording
from promptevolver_cli.running import Target


def compare(
    context: typer.Context,
    runs: Annotated[list[str], typer.Argument(metavar="BASELINE RUN…", help="Two to eleven runs")],
    split: Annotated[Split | None, typer.Option(help="Which examples are compared")] = None,
    margin: Annotated[
        float | None, typer.Option(min=0, max=1, help="Differences below it do not matter")
    ] = None,
    on: Annotated[
        list[str] | None, typer.Option(help="Metric to make claims on; may be repeated")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON to standard output")] = False,
) -> None:
    """Compare runs with the first one, paired by example."""

    async def compared(target: Target) -> None:
        async with target.client() as client:
            view = await client.runs.compare(run=runs, split=split, margin=margin, gates=on)
        if as_json:
            target.out.print_json(json.dumps(view.model_dump(mode="json", exclude_unset=True)))
        else:
            target.out.print(Group(*map(_drawn, view.comparisons), *map(Text, view.notes)))

    running.run(context.obj, compared(context.obj))


def _drawn(pair: models.PairComparison) -> RenderableType:
    """Draw one run against the baseline."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("metric", "baseline", "run", "difference", "p", "n", "verdict"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "difference")
    for each in pair.metrics:
        table.add_row(*map(escape, _cells(each)))
    label = f" [{wording.SIMULATED}]" if pair.candidate.simulated else ""
    title = f"{pair.candidate.name or pair.candidate.program} (run {pair.candidate.run_id}){label}"
    doubts = [Text(f"  {doubt.detail}", style="yellow") for doubt in pair.not_comparable]
    explored = any(not each.gate for each in pair.metrics)
    notes = [Text("* explored only: no claim is made on it", style="dim")] if explored else []
    said = wording.compared(pair.verdict)
    return Group(Text(title, style="bold"), Text(f"  {said}"), table, *notes, *doubts, Text())


def _cells(metric: models.MetricComparison) -> tuple[str, ...]:
    interval, p = (
        metric.interval,
        metric.p_value if metric.p_adjusted is None else metric.p_adjusted,
    )
    difference = "-" if metric.difference is None else f"{metric.difference:+.3f}"
    within = "" if interval is None else f"{interval.low:+.3f} to {interval.high:+.3f}"
    return (
        metric.metric,
        wording.score(metric.baseline.mean if metric.baseline else None),
        wording.score(metric.candidate.mean if metric.candidate else None),
        difference if interval is None else f"{difference} ({within})",
        "-" if p is None else f"{p:.2g}",
        str(metric.n),
        metric.verdict if metric.gate else f"{metric.verdict}*",
    )
