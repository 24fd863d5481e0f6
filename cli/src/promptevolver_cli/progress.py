"""A run as it goes on: a live panel on a terminal, plain lines elsewhere."""

import time
from collections.abc import AsyncIterable, Callable

from promptevolver_contracts.queries import RunView
from promptevolver_contracts.runs import TERMINAL
from rich.console import Console
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from promptevolver_cli import wording

_LINE_EVERY_S = 2.0
_ORIGINAL = {"optimization": "original", "evaluation": "score"}

Queue = Callable[[], int | None]


async def follow(
    views: AsyncIterable[RunView],
    console: Console,
    *,
    queue: Queue = lambda: None,
    clock: Callable[[], float] = time.monotonic,
) -> RunView:
    """Show a run until it has ended; give its last state. `queue` tells what waits for evaluators.

    Raises ValueError when there was nothing to show.
    """
    if console.is_terminal:
        return await _follow_live(views, console, queue)
    return await _follow_lines(views, console, queue, clock)


def panel(view: RunView, queued: int | None) -> Panel:
    """Draw the live view."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", justify="right")
    grid.add_column(overflow="fold")
    for name, text in _rows(view, queued):
        grid.add_row(name, Text(text))
    label = f" [{wording.SIMULATED}]" if view.simulated else ""
    title = f"{view.name or view.program} · {view.strategy}{label}".replace("[", r"\[")
    return Panel(grid, title=title, subtitle=view.run_id, width=88)


def line(view: RunView, queued: int | None) -> str:
    """Tell the same in one line."""
    label = f"{wording.SIMULATED} " if view.simulated else ""
    return label + " | ".join(f"{name}: {text}" for name, text in _rows(view, queued))


def _rows(view: RunView, queued: int | None) -> list[tuple[str, str]]:
    state = view.state if not view.paused_reason else f"{view.state}: {view.paused_reason}"
    flying = view.shards_dispatched - view.shards_done
    waiting = "" if queued is None else f", {queued} queued"
    rows = [
        ("state", f"{state}, {wording.wall_time(view)}"),
        (_ORIGINAL[view.kind], wording.score(view.original_mean)),
        ("best so far", wording.score(view.best_mean)),
        (
            "mutations",
            f"{view.proposed} proposed, {view.accepted} accepted, {view.rejected} rejected",
        ),
        ("shards", f"{view.shards_done} done, {flying} in flight{waiting}"),
        ("spend", wording.spent(view)),
    ]
    if view.state == "paused":
        ways = f"promptevolver resume {view.run_id}, or cancel {view.run_id}"
        rows.insert(1, ("to go on", ways))
    if view.kind == "evaluation":
        return [row for row in rows if row[0] not in {"best so far", "mutations"}]
    return rows


async def _follow_live(views: AsyncIterable[RunView], console: Console, queue: Queue) -> RunView:
    last: RunView | None = None

    def draw() -> Panel | str:
        return "waiting for the run" if last is None else panel(last, queue())

    with Live(get_renderable=draw, console=console, refresh_per_second=4, transient=True):
        async for view in views:
            last = view
    return _ended(last)


async def _follow_lines(
    views: AsyncIterable[RunView], console: Console, queue: Queue, clock: Callable[[], float]
) -> RunView:
    last: RunView | None = None
    shown_at = float("-inf")
    for_state = ""
    async for view in views:
        last = view
        due = clock() - shown_at >= _LINE_EVERY_S
        if due or view.state in TERMINAL or view.state != for_state:
            console.print(line(view, queue()), markup=False, highlight=False, soft_wrap=True)
            shown_at, for_state = clock(), view.state
    return _ended(last)


def _ended(last: RunView | None) -> RunView:
    if last is None:
        raise ValueError("the run has no state to show")
    return last
