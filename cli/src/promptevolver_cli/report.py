"""The end of a run: original against winner on the sealed split, and what it cost."""

from promptevolver_contracts.queries import RunView
from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from promptevolver_cli import wording


def report(view: RunView) -> RenderableType:
    """Draw the final table."""
    label = f" [{wording.SIMULATED} models]" if view.simulated else ""
    title = f"{view.name or view.program}: {view.strategy}, {view.state}{label}"
    table = Table(title=escape(title), box=box.SIMPLE_HEAD, show_header=False, title_justify="left")
    table.add_column(style="dim", justify="right")
    table.add_column(overflow="fold")
    for name, text in (*_result(view), *_cost(view)):
        table.add_row(name, escape(text))
    return Group(table, *_winning_texts(view))


def _result(view: RunView) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    if view.error is not None:
        rows.append(("error", f"{view.error.detail} ({view.error.code})"))
    if view.kind == "evaluation":
        rows.append(("mean score", wording.score(view.original_mean)))
    elif view.comparison is None:
        known = (("original", view.original_mean), ("best so far", view.best_mean))
        rows += [
            (name, f"{wording.score(mean)} on the validation split")
            for name, mean in known
            if mean is not None
        ]
    else:
        c = view.comparison
        rows += [
            ("original", f"{wording.score(c.mean_original)} on {c.n} sealed examples"),
            ("winner", f"{wording.score(c.mean_winner)} on the same"),
            ("difference", _interval(view)),
            ("verdict", wording.verdict(view.verdict or c.verdict)),
        ]
        if c.needed_n is not None:
            rows.append(("for a clear answer", f"about {c.needed_n:,} sealed examples"))
    if view.paused_reason:
        rows.append(("paused because", view.paused_reason))
    if view.reason and view.error is None:
        rows.append(("ended because", view.reason))
    return rows


def _interval(view: RunView) -> str:
    c = view.comparison
    if c is None:
        return "-"
    if c.low is None or c.high is None:
        return f"{c.difference:+.3f}, no interval ({c.method})"
    level = f"{c.confidence:.0%} interval {c.low:+.3f} to {c.high:+.3f}"
    p = "" if c.p_value is None else f", p = {c.p_value:.2g}"
    return f"{c.difference:+.3f}, {level}{p}; {c.wins} won, {c.ties} tied, {c.losses} lost"


def _cost(view: RunView) -> list[tuple[str, str]]:
    spend = view.spend
    simulated = f" ({wording.SIMULATED}: nothing was paid)" if view.simulated else ""
    mutations = f"{view.proposed} proposed, {view.accepted} accepted, {view.rejected} rejected"
    cached = f", and {spend.cached_calls:,} answered from the cache" if spend.cached_calls else ""
    return [
        *([("mutations", mutations)] if view.kind == "optimization" else []),
        ("calls", f"{spend.calls:,}{cached}"),
        ("tokens", f"{spend.prompt_tokens:,} in, {spend.completion_tokens:,} out"),
        ("cost", wording.money(spend) + simulated),
        ("wall time", wording.wall_time(view)),
        ("models", wording.models(view)),
        ("run", view.run_id),
    ]


def _winning_texts(view: RunView) -> list[RenderableType]:
    if not view.winner_texts or view.winner == view.original:
        return []
    parts: list[RenderableType] = []
    for name, text in view.winner_texts.items():
        parts.append(Text(f"  the winner's {name}", style="bold"))
        parts.append(Padding(Text(text.strip()), (0, 0, 1, 4)))
    return parts
