"""`promptevolver runs`: which runs there are, a line each."""

import json
from collections.abc import Sequence
from typing import Annotated

import typer
from promptevolver_contracts.queries import RunView
from promptevolver_contracts.runs import RunState
from rich.console import ConsoleDimensions, Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from promptevolver_cli import running, wording
from promptevolver_cli.running import Target
from promptevolver_cli.views import view_of

_WIDE = 120
_ENDLESS = 400
_TAIL = 8
"""Of an id; ids of runs that began together may begin alike, but end differently."""


def runs(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 20,
    state: Annotated[RunState | None, typer.Option(help="Only such runs")] = None,
    wide: Annotated[bool, typer.Option(help="Whole ids and costs, however narrow it is")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON to standard output")] = False,
) -> None:
    """List runs, newest first."""

    async def listed(target: Target) -> None:
        async with target.client() as client:
            page = await client.history.list(limit=limit, state=state)
        if as_json:
            found = [entry.model_dump(mode="json", exclude_unset=True) for entry in page.data]
            target.out.print_json(json.dumps(found))
        else:
            _draw(target, [view_of(entry) for entry in page.data], wide=wide)
        if page.page.next_cursor:
            target.err.print(f"there are more; --limit shows up to 200 (now {limit})")

    running.run(context.obj, listed(context.obj))


def _draw(target: Target, views: Sequence[RunView], *, wide: bool) -> None:
    # What goes into a file or a pipe has no edge to fit into.
    if wide or not target.out.is_terminal:
        target.out.size = ConsoleDimensions(_ENDLESS, target.out.height)
    if not views:
        target.out.print("no such runs; promptevolver optimize starts one", style="dim")
    elif target.out.width >= _WIDE:
        target.out.print(whole(views))
    else:
        target.out.print(narrow(views))
        target.err.print("ids are cut; --wide or --json shows all of them", style="dim")


def whole(views: Sequence[RunView]) -> RenderableType:
    """Draw a table with whole ids, strategies and costs."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("run", "state", "original", "best", "verdict"):
        table.add_column(heading, no_wrap=True)
    table.add_column("what", overflow="ellipsis", no_wrap=True)
    table.add_column("cost", no_wrap=True)
    for view in views:
        what = f"{view.name or view.program}, {view.strategy}"
        cost = wording.money(view.spend) + _mark(view)
        table.add_row(*map(escape, (view.run_id, *_outcome(view), what, cost)))
    return _noted(table, views)


def narrow(views: Sequence[RunView]) -> RenderableType:
    """Draw a table for 80 columns: the name has what the others leave, an id its end."""
    table = Table(box=None, pad_edge=False, header_style="dim", expand=True)
    table.add_column("run", no_wrap=True)
    table.add_column("name", overflow="ellipsis", no_wrap=True, ratio=1)
    for heading in ("state", "original", "best", "verdict"):
        table.add_column(heading, no_wrap=True)
    for view in views:
        cut = len(view.run_id) > _TAIL
        run_id = f"…{view.run_id[-_TAIL:]}" if cut else view.run_id
        table.add_row(*map(escape, (run_id, view.name or view.program, *_outcome(view))))
    return _noted(table, views)


def _outcome(view: RunView) -> tuple[str, ...]:
    scores = (wording.score(view.original_mean), wording.score(view.best_mean))
    return (view.state + _mark(view), *scores, view.verdict or "-")


def _mark(view: RunView) -> str:
    return "*" if view.simulated else ""


def _noted(table: Table, views: Sequence[RunView]) -> RenderableType:
    note = f"* {wording.SIMULATED} models" if any(view.simulated for view in views) else ""
    return Group(table, *([Text(note, style="dim")] if note else []))
