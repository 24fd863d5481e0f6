"""`promptevolver prompts`: what applications ask for by label."""

import sys
from typing import Annotated

import typer
from promptevolver_client import models
from rich.table import Table

from promptevolver_cli import running
from promptevolver_cli.exports import program_text
from promptevolver_cli.running import Target

app = typer.Typer(help="Prompts: list, promote, roll back, pull.", no_args_is_help=True)

Prompt = Annotated[str, typer.Argument(help="Name or id of a prompt")]
Label = Annotated[str, typer.Option(help="Which label")]
Why = Annotated[str, typer.Option(help="Kept with the move")]


@app.command("list")
def list_prompts(context: typer.Context) -> None:
    """List the project's prompts with their labels."""

    async def listed(target: Target) -> None:
        table = Table("prompt", "latest", "labels", box=None, header_style="dim")
        async with target.client() as client:
            async for each in client.prompts.iterate():
                labels = (each.labels or {}).items()
                words = ", ".join(f"{name} {number}" for name, number in labels)
                table.add_row(each.name, str(each.latest or "-"), words)
        target.out.print(table)

    running.run(context.obj, listed(context.obj))


@app.command()
def promote(
    context: typer.Context,
    prompt: Prompt,
    run: Annotated[str, typer.Argument(metavar="RUN", help="Whose winner")],
    label: Label = "production",
    reason: Why = "",
) -> None:
    """Make a version of a run's winner and move a label to it."""

    async def promoted(target: Target) -> None:
        body = models.PromotionBody(run_id=run, label=label, reason=reason)
        async with target.client() as client:
            done = await client.prompts.promote(prompt, body)
        words = f"{prompt}@{label} is version {done.version.number}"
        target.out.print(words, markup=False, highlight=False, soft_wrap=True)

    running.run(context.obj, promoted(context.obj))


@app.command()
def rollback(
    context: typer.Context, prompt: Prompt, label: Label = "production", reason: Why = ""
) -> None:
    """Move a label to where it pointed before."""

    async def rolled_back(target: Target) -> None:
        body = models.RollbackBody(label=label, reason=reason)
        async with target.client() as client:
            moved = await client.prompts.rollback(prompt, body)
        words = f"{prompt}@{label} is version {moved.version}"
        target.out.print(words, markup=False, highlight=False, soft_wrap=True)

    running.run(context.obj, rolled_back(context.obj))


@app.command()
def pull(
    context: typer.Context,
    prompt: Annotated[str, typer.Argument(metavar="NAME[@LABEL]", help="Name or id of a prompt")],
    label: Label = "production",
) -> None:
    """Write the version that a label points to, as a program, to standard output."""
    name, _, named = prompt.partition("@")

    async def pulled(target: Target) -> None:
        async with target.client() as client:
            found = await client.prompts.get_label(name, named or label)
        sys.stdout.write(program_text(found.version.program))

    running.run(context.obj, pulled(context.obj))
