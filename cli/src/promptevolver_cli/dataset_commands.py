"""`promptevolver datasets`: what runs are scored on."""

from pathlib import Path
from typing import Annotated, Literal, get_args

import typer
from promptevolver_client import AsyncClient, models
from promptevolver_contracts.datasets import Split
from rich.table import Table

from promptevolver_cli import running
from promptevolver_cli.documents import Fault, FileError
from promptevolver_cli.running import FAILED, Target

app = typer.Typer(help="Datasets: list, upload, commit.", no_args_is_help=True)

Media = Literal["text/csv", "application/x-ndjson", "application/vnd.apache.parquet"]
_MEDIA: dict[str, Media] = dict(zip((".csv", ".jsonl", ".parquet"), get_args(Media), strict=True))
_SHOWN = 20

Name = Annotated[str, typer.Argument(help="Name or id of a dataset")]


@app.command("list")
def list_datasets(context: typer.Context) -> None:
    """List the project's datasets."""

    async def listed(target: Target) -> None:
        table = Table("dataset", "name", "version", "examples", box=None, header_style="dim")
        async with target.client() as client:
            async for each in client.datasets.iterate():
                version = "-" if each.latest is None else str(each.latest.number)
                sizes = {} if each.latest is None else each.latest.sizes
                table.add_row(each.dataset_id, each.name, version, str(sum(sizes.values())))
        target.out.print(table)

    running.run(context.obj, listed(context.obj))


@app.command()
def upload(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV, JSON lines or Parquet")],
    name: Annotated[str | None, typer.Option(help="Made when there is none; default: FILE")] = None,
    split: Annotated[Split | None, typer.Option(help="Of rows that name none")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check, and keep nothing")] = False,
    commit: Annotated[bool, typer.Option("--commit", help="Make a version of it")] = False,
    note: Annotated[str, typer.Option(help="Kept with the version")] = "",
) -> None:
    """Stream FILE into a dataset's draft."""

    async def uploaded(target: Target) -> None:
        media = _media(file)
        async with target.client() as client:
            dataset = await _found_or_made(client, name or file.stem)
            report = await client.datasets.create_upload(
                dataset.dataset_id, file, content_type=media, default_split=split, dry_run=dry_run
            )
            _tell(target, report)
            if report.refused and not report.stored:
                raise typer.Exit(FAILED)
            if commit and not dry_run:
                await _commit(target, client, dataset.dataset_id, note)

    running.run(context.obj, uploaded(context.obj))


@app.command()
def commit(
    context: typer.Context,
    dataset: Name,
    note: Annotated[str, typer.Option(help="Kept with the version")] = "",
) -> None:
    """Make a version of a dataset's draft; it never changes again."""

    async def committed(target: Target) -> None:
        async with target.client() as client:
            await _commit(target, client, (await _found(client, dataset)).dataset_id, note)

    running.run(context.obj, committed(context.obj))


async def _commit(target: Target, client: AsyncClient, dataset_id: str, note: str) -> None:
    version = await client.datasets.create_version(dataset_id, models.CommitBody(note=note))
    sizes = ", ".join(f"{count} {split}" for split, count in version.sizes.items())
    words = f"{dataset_id} version {version.number}: {sizes}"
    target.out.print(words, markup=False, highlight=False, soft_wrap=True)


async def _found_or_made(client: AsyncClient, name: str) -> models.Dataset:
    known = await _known(client, name)
    return known or await client.datasets.create(models.NamedDatasetBody(name=name))


async def _found(client: AsyncClient, name: str) -> models.Dataset:
    return await _known(client, name) or await client.datasets.get(name)


async def _known(client: AsyncClient, name: str) -> models.Dataset | None:
    found = await client.datasets.list(name=name)
    return next((each for each in found.data if each.name == name), None)


def _media(file: Path) -> Media:
    if not file.exists():
        raise FileError([Fault(file, None, "", "there is no such file", "check the path")])
    if file.suffix.lower() not in _MEDIA:
        fix = f"use one of {', '.join(_MEDIA)}"
        raise FileError([Fault(file, None, "", f"cannot read {file.suffix or 'this'}", fix)])
    return _MEDIA[file.suffix.lower()]


def _tell(target: Target, report: models.UploadReport) -> None:
    kept = "kept" if report.stored else "nothing was kept"
    words = (
        f"{report.rows} rows, {report.refused} refused; {report.added} added, "
        f"{report.changed} changed, {report.unchanged} unchanged, {report.removed} removed ({kept})"
    )
    target.err.print(words, markup=False, highlight=False, soft_wrap=True)
    for error in report.errors[:_SHOWN]:
        words = f"row {error.row}: {error.message}"
        target.err.print(words, style="red", markup=False, soft_wrap=True)
