"""`promptevolver export-table`: a whole list as a file."""

from pathlib import Path
from typing import Annotated, Literal

import typer
from promptevolver_client import models

from promptevolver_cli import running
from promptevolver_cli.running import FAILED, Target

Table = Literal["runs", "candidates", "outcomes", "mutations", "events", "feedback", "audit_events"]
Form = Literal["csv", "jsonl", "parquet", "xlsx"]


def export_table(
    context: typer.Context,
    table: Annotated[Table, typer.Argument(help="What to export")],
    out: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it")],
    form: Annotated[Form, typer.Option("--format", help="How")] = "csv",
    filter_: Annotated[
        str | None, typer.Option("--filter", help="As lists take it: state = 'completed'")
    ] = None,
    run: Annotated[str | None, typer.Option(help="Of this run")] = None,
    fields: Annotated[str, typer.Option(help="Columns or groups, separated by commas")] = "",
) -> None:
    """Write every entry that the filter lets through into FILE."""

    async def exported(target: Target) -> None:
        body = models.ExportBody(
            resource=table,
            format=form,
            filter=filter_,
            fields=[each.strip() for each in fields.split(",") if each.strip()],
            params=models.ParamsBody(run_id=run),
        )
        async with target.client() as client:
            job = await client.finished((await client.exports.create(body)).job_id)
            if job.state != "completed":
                why = job.error.detail if job.error else f"the export is {job.state}"
                target.err.print(why, style="red", markup=False, soft_wrap=True)
                raise typer.Exit(FAILED)
            length = await client.download(job.job_id, out)
        words = f"{job.done:,} entries, {length:,} bytes: {out}"
        target.err.print(words, markup=False, highlight=False, soft_wrap=True)

    running.run(context.obj, exported(context.obj))
