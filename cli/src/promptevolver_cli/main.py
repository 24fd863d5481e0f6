"""The `promptevolver` command."""

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from promptevolver_cli import dataset_commands, options, prompt_commands, running
from promptevolver_cli.compare_command import compare
from promptevolver_cli.doctor import examine
from promptevolver_cli.export_command import export_table
from promptevolver_cli.exports import Format, export
from promptevolver_cli.files import EVALUATE, Job, read_job
from promptevolver_cli.gate_command import gate
from promptevolver_cli.report import report
from promptevolver_cli.running import FAILED, Target
from promptevolver_cli.runs_command import runs
from promptevolver_cli.views import view_of

app = typer.Typer(
    help="Evolve prompts against data, and prove that they got better.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def connect(
    context: typer.Context,
    url: Annotated[str, typer.Option(envvar="PROMPTEVOLVER_URL")] = "http://127.0.0.1:8080",
    api_key: Annotated[str | None, typer.Option(envvar="PROMPTEVOLVER_API_KEY")] = None,
    project: Annotated[
        str | None,
        typer.Option(envvar="PROMPTEVOLVER_PROJECT", help="Which one, for who has several"),
    ] = None,
) -> None:
    context.obj = Target(url, api_key, project, Console(), Console(stderr=True))


@app.command()
def optimize(  # noqa: PLR0913, PLR0917 - typer declares options in signatures
    context: typer.Context,
    program: options.Program = None,
    data: options.Data = None,
    run: options.RunFile = None,
    name: options.Name = None,
    metrics: options.Metrics = None,
    model: options.Model = None,
    reflection_model: options.Reflection = None,
    judge_model: options.Judge = None,
    strategy: Annotated[str | None, typer.Option(help="gepa, promptwizard, backprop …")] = None,
    calls: options.Calls = None,
    tokens: options.Tokens = None,
    usd: options.Usd = None,
    seconds: options.Seconds = None,
    seed: options.Seed = None,
    width: Annotated[int | None, typer.Option(min=1, max=64, help="Mutations at once")] = None,
    repeats: options.Repeats = None,
    when_exhausted: options.WhenExhausted = None,
    detach: options.Detach = False,
) -> None:
    """Evolve PROGRAM against DATA and watch it."""

    def job() -> Job:
        read = read_job(program, data, run=run, metrics=metrics)
        return read.with_models(
            task=model, reflection=reflection_model, judge=judge_model
        ).with_settings(
            name=name,
            strategy={"name": strategy} if strategy else None,
            budget=running.caps(calls=calls, tokens=tokens, usd=usd, seconds=seconds),
            seed=seed,
            width=width,
            repeats=repeats,
            when_exhausted=when_exhausted,
        )

    running.run(context.obj, running.submit(context.obj, job, detach))


@app.command()
def evaluate(  # noqa: PLR0913, PLR0917 - typer declares options in signatures
    context: typer.Context,
    program: options.Program = None,
    data: options.Data = None,
    run: options.RunFile = None,
    name: options.Name = None,
    metrics: options.Metrics = None,
    model: options.Model = None,
    judge_model: options.Judge = None,
    split: Annotated[str, typer.Option(help="train, validation or test")] = "validation",
    calls: options.Calls = None,
    usd: options.Usd = None,
    seed: options.Seed = None,
    repeats: options.Repeats = None,
    detach: options.Detach = False,
) -> None:
    """Score PROGRAM on DATA as it is."""

    def job() -> Job:
        read = read_job(program, data, run=run, metrics=metrics, needed=())
        return read.with_models(task=model, judge=judge_model).with_settings(
            name=name,
            strategy={"name": EVALUATE, "parameters": {}},
            budget=running.caps(calls=calls, usd=usd),
            split=split,
            seed=seed,
            repeats=repeats,
        )

    running.run(context.obj, running.submit(context.obj, job, detach))


@app.command()
def watch(context: typer.Context, run: options.Run) -> None:
    """Follow a run until it has ended."""
    running.run(context.obj, running.watch(context.obj, run))


@app.command()
def show(context: typer.Context, run: options.Run) -> None:
    """Show what is known of a run."""

    async def shown(target: Target) -> None:
        async with target.client() as client:
            target.out.print(report(view_of(await client.runs.get(run))))

    running.run(context.obj, shown(context.obj))


@app.command()
def cancel(context: typer.Context, run: options.Run, reason: options.Reason = "") -> None:
    """Stop a run; its best candidate stays readable."""
    running.run(context.obj, running.control(context.obj, run, "cancel", {"reason": reason}))


@app.command()
def pause(context: typer.Context, run: options.Run, reason: options.Reason = "") -> None:
    """Start nothing new until the run is resumed."""
    running.run(context.obj, running.control(context.obj, run, "pause", {"reason": reason}))


@app.command()
def resume(context: typer.Context, run: options.Run, reason: options.Reason = "") -> None:
    """Let a paused run go on."""
    running.run(context.obj, running.control(context.obj, run, "resume", {"reason": reason}))


@app.command("top-up")
def top_up(
    context: typer.Context,
    run: options.Run,
    calls: options.Calls = None,
    tokens: options.Tokens = None,
    usd: options.Usd = None,
    seconds: options.Seconds = None,
    reason: options.Reason = "",
) -> None:
    """Add to a run's budget; one that ran out of it goes on."""
    caps = running.caps(calls=calls, tokens=tokens, usd=usd, seconds=seconds)
    if caps is None:
        raise typer.BadParameter("give at least one of --calls, --tokens, --usd, --seconds")
    body = {"budget": caps, "reason": reason}
    running.run(context.obj, running.control(context.obj, run, "top_up", body))


@app.command("export")
def export_command(
    context: typer.Context,
    run: options.Run,
    form: Annotated[Format, typer.Option("--format")] = Format.TEXT,
) -> None:
    """Write a run's winner to standard output."""

    async def exported(target: Target) -> None:
        async with target.client() as client:
            sys.stdout.write(export(await client.optimize.export(run), form))

    running.run(context.obj, exported(context.obj))


app.command()(runs)
app.command()(gate)
app.command()(compare)
app.command("export-table")(export_table)
app.add_typer(dataset_commands.app, name="datasets")
app.add_typer(prompt_commands.app, name="prompts")


@app.command()
def doctor(
    context: typer.Context,
    program: options.Program = None,
    data: options.Data = None,
    run: options.RunFile = None,
    model: options.Model = None,
    probe: Annotated[bool, typer.Option(help="Ask the model for one answer")] = True,
) -> None:
    """Tell whether everything is reachable, and what a run would cost at most."""

    async def examined(target: Target) -> None:
        job = read_job(program, data, run=run) if program or run else None
        sick = False
        async with target.client() as client:
            async for finding in examine(client, job, model=model, probe=probe):
                mark = {True: "[green]ok  [/]", False: "[red]FAIL[/]", None: "    "}[finding.good]
                target.out.print(
                    f"{mark} {escape(finding.what)}: {escape(finding.words)}", soft_wrap=True
                )
                sick |= finding.good is False
        if sick:
            raise typer.Exit(FAILED)

    running.run(context.obj, examined(context.obj))
