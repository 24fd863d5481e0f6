"""`promptevolver gate`: whether a run, or a program, may go on."""

from pathlib import Path
from typing import Annotated

import typer
from promptevolver_contracts.datasets import Split

from promptevolver_cli import options
from promptevolver_cli.files import EVALUATE, read_job
from promptevolver_cli.gate import Requirement
from promptevolver_cli.gating import Named, Pair, Reports, Scored, Wanted, judge
from promptevolver_cli.running import caps
from promptevolver_cli.running import run as run_command

Minima = Annotated[
    list[str] | None,
    typer.Option("--metric", metavar="NAME=MIN", help="Least mean of a metric; may be repeated"),
]
Claims = Annotated[
    list[str] | None,
    typer.Option(help="Metric to compare with the baseline; may be repeated; default: score"),
]
Prompt = Annotated[
    str | None,
    typer.Option(metavar="NAME[@LABEL]", help="Score PROGRAM beside this version of the registry"),
]


def gate(  # noqa: PLR0913, PLR0917 - typer declares options in signatures
    context: typer.Context,
    run: Annotated[str | None, typer.Argument(metavar="[RUN]", help="A run's id")] = None,
    baseline: Annotated[
        str | None, typer.Option(help="Run to compare with; without it RUN's own verdict counts")
    ] = None,
    require: Annotated[Requirement, typer.Option(help="What a pass takes")] = Requirement.IMPROVED,
    margin: Annotated[
        float | None, typer.Option(min=0, max=1, help="Differences below it do not matter")
    ] = None,
    on: Claims = None,
    metric: Minima = None,
    split: Annotated[Split | None, typer.Option(help="Which examples are compared")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Until the runs have ended")] = False,
    program: Annotated[Path | None, typer.Option(help="Program or prompt to score now")] = None,
    data: Annotated[Path | None, typer.Option(help="Examples: JSON lines, or CSV")] = None,
    run_file: options.RunFile = None,
    baseline_prompt: Prompt = None,
    model: options.Model = None,
    judge_model: options.Judge = None,
    calls: options.Calls = None,
    usd: options.Usd = None,
    seed: options.Seed = None,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML there")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Append a summary there")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON to standard output")] = False,
) -> None:
    """Tell by the exit code whether a run may pass.

    0: passed; 1: failed; 2: wrong input; 3: not decidable (inconclusive, too few
    examples, not comparable, not ended, or the API is away).

    Name a RUN, or a PROGRAM with its data and a --baseline-prompt: then both are
    scored on the same examples first.
    """

    def pair() -> Pair:
        if (run is None) == (baseline_prompt is None):
            raise typer.BadParameter("name either a RUN or a --baseline-prompt")
        if run is not None and baseline is None and (margin is not None or on or split):
            raise typer.BadParameter(
                "--margin, --on and --split say how runs are compared: name a --baseline too; "
                "a RUN alone is judged by its own verdict"
            )
        if run is not None:
            return Named(run, baseline, wait)
        scored = split or "test"
        read = read_job(program, data, run=run_file, needed=(scored,))
        job = read.with_models(task=model, judge=judge_model).with_settings(
            strategy={"name": EVALUATE, "parameters": {}},
            budget=caps(calls=calls, usd=usd),
            split=scored,
            seed=seed,
        )
        prompt, _, label = str(baseline_prompt).partition("@")
        return Scored(job, prompt, label or "production")

    async def judged() -> None:
        asked = pair()
        compared = "test" if isinstance(asked, Scored) and split is None else split
        wanted = Wanted(require, _minima(metric or []), margin, compared, tuple(on or ()))
        await judge(context.obj, asked, wanted, Reports(junit, markdown, as_json))

    run_command(context.obj, judged())


def _minima(spelled: list[str]) -> dict[str, float]:
    minima = {}
    for each in spelled:
        name, equals, least = each.partition("=")
        try:
            minima[name.strip()] = float(least)
        except ValueError:
            equals = ""
        if not equals or not name.strip():
            raise typer.BadParameter(f"'{each}' is not NAME=MIN, as in accuracy=0.8")
    return minima
