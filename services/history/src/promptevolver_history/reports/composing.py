"""From what was gathered to documents; pure."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from promptevolver_contracts.comparisons import Side
from promptevolver_contracts.facts import Comparison

from promptevolver_history.reports import charts
from promptevolver_history.reports.document import (
    Block,
    Document,
    Figure,
    Section,
    Table,
    Text,
    Tone,
)
from promptevolver_history.reports.gathering import Compared, Told
from promptevolver_history.reports.parts import (
    changes_section,
    configuration_section,
    cost_section,
    examples_section,
    method_section,
    metrics_section,
)
from promptevolver_history.reports.wording import (
    NONE,
    TONES,
    number,
    pair_words,
    signed,
    verdict_words,
)


def comparison_document(found: Compared, made_at: datetime) -> Document:
    """Compose the report of a comparison."""
    view = found.view
    base = _name(view.baseline)
    names = _distinct([base, *(_name(each.candidate) for each in view.comparisons)])
    headlines = [
        pair_words(pair, name, names[0], view.confidence)
        for pair, name in zip(view.comparisons, names[1:], strict=True)
    ]
    sections = [_sides_section(found, names), *_pair_sections(found, names), method_section(view)]
    tones = {TONES[pair.verdict] for pair in view.comparisons}
    sides = [view.baseline, *(pair.candidate for pair in view.comparisons)]
    return Document(
        title=f"Comparison with {names[0]}",
        subtitle=f"{_counted(len(view.comparisons), 'run')} compared with it on the {view.split} "
        f"split of {view.baseline.dataset}",
        headline=" ".join(headlines),
        tone=tones.pop() if len(tones) == 1 else "open",
        simulated=any(side.simulated for side in sides),
        sections=sections,
        made_at=f"{made_at:%Y-%m-%d %H:%M} UTC",
    )


def run_document(told: Told, made_at: datetime) -> Document:
    """Compose the report of a run."""
    run = told.run
    headline, tone = _run_headline(told)
    sections = [_run_section(told)]
    means = [each.full_mean for each in told.candidates if each.full_mean is not None]
    if means:
        blocks: list[Block] = [
            Figure(
                partial(charts.progress, means),
                "Score of each candidate on the whole split, and the best so far (line).",
            ),
            Text(f"{run.proposed} mutations: {run.accepted} accepted, {run.rejected} rejected."),
        ]
        sections.append(Section("Search", blocks))
    if told.compared is not None:
        names = ("original", "winner" if run.winner else "best so far")
        sections += [
            *_pair_sections(told.compared, names),
            method_section(told.compared.view),
        ]
    return Document(
        title=run.name or f"{run.program} ({run.strategy})",
        subtitle=f"{run.kind} of {run.program} on {run.dataset}, run {run.run_id}",
        headline=headline,
        tone=tone,
        simulated=run.simulated,
        sections=sections,
        made_at=f"{made_at:%Y-%m-%d %H:%M} UTC",
    )


def _run_headline(told: Told) -> tuple[str, Tone]:
    run = told.run
    if run.state == "failed":
        return f"The run failed: {run.reason or 'no reason is known'}", "bad"
    if run.comparison is not None:
        words = verdict_words(run.comparison.verdict, "The winner", "the original prompt")
        return f"{words} {_exam_words(run.comparison)}", TONES[run.comparison.verdict]
    best = f"The best score so far is {number(run.best_mean)}."
    if run.state != "completed":
        return f"The run is {run.state}; there is no verdict. {best}", "open"
    if run.kind == "evaluation":
        return f"The program scores {number(run.original_mean)}.", "open"
    return f"The run ended without a verdict. {best}", "open"


def _exam_words(exam: Comparison) -> str:
    text = (
        f"In the sealed exam on {exam.n} examples the score went from "
        f"{number(exam.mean_original)} to {number(exam.mean_winner)} ({signed(exam.difference)})"
    )
    if exam.low is None or exam.high is None:
        return f"{text}."
    return (
        f"{text}; with {exam.confidence:.0%} confidence the difference is "
        f"{signed(exam.low)} to {signed(exam.high)}."
    )


def _run_section(told: Told) -> Section:
    run, request = told.run, told.request
    models = ", ".join(f"{part}: {model}" for part, model in run.models.items())
    spend = run.spend
    rows = [
        ("State", run.state + (f" ({run.reason})" if run.reason else "")),
        ("Strategy", run.strategy),
        ("Models", models),
        ("Metrics", ", ".join(metric.name for metric in request.metrics)),
        ("Asked for", f"{run.requested_at:%Y-%m-%d %H:%M} UTC"),
        ("Ended", NONE if run.ended_at is None else f"{run.ended_at:%Y-%m-%d %H:%M} UTC"),
        ("Score of the original", number(run.original_mean)),
        ("Score of the best", number(run.best_mean)),
        ("Outcomes", f"{run.outcomes:,}"),
        ("Calls", f"{spend.calls:,} paid, {spend.cached_calls:,} from the cache"),
        ("Tokens", f"{spend.prompt_tokens:,} sent, {spend.completion_tokens:,} received"),
        ("Cost", _cost(spend.usd, spend.unpriced_calls)),
    ]
    if run.tags:
        rows.append(("Tags", ", ".join(run.tags)))
    blocks: list[Block] = [Table(("Run", ""), rows, words=2)]
    if run.note:
        blocks.append(Text(run.note))
    return Section("Summary", blocks)


def _cost(usd: float, unpriced: int) -> str:
    return f"{usd:.4f} USD" + (f", and {unpriced} calls without a price" if unpriced else "")


def _sides_section(found: Compared, names: Sequence[str]) -> Section:
    view = found.view
    sides = [view.baseline, *(each.candidate for each in view.comparisons)]
    headers = ("Side", "Run", "Model", "Strategy", "Examples", "Missing", "Own faults")
    rows = [
        (
            name,
            side.run_id,
            side.model + (" (simulated)" if side.simulated else ""),
            side.strategy,
            str(side.examples),
            str(side.missing),
            str(side.candidate_faults),
        )
        for name, side in zip(names, sides, strict=True)
    ]
    return Section("Summary", [Table(headers, rows, words=4)])


def _pair_sections(found: Compared, names: Sequence[str]) -> list[Section]:
    view = found.view
    sections = []
    for place, pair in enumerate(view.comparisons):
        both = (names[0], names[place + 1])
        several = f": {both[1]}" if len(view.comparisons) > 1 else ""
        made = [
            metrics_section(pair, view, both),
            changes_section(found.texts[0], found.texts[place + 1]),
            examples_section(found.examples[place], both),
            cost_section(pair, both),
        ]
        if pair.configuration:
            made.append(configuration_section(pair, both))
        sections += [Section(f"{each.title}{several}", each.blocks) for each in made]
    return sections


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _name(side: Side) -> str:
    return side.name or f"{side.program} ({side.strategy})"


def _distinct(names: Sequence[str]) -> list[str]:
    """Tell equal names apart by numbers."""
    return [
        f"{name} ({names[: place + 1].count(name)})" if names.count(name) > 1 else name
        for place, name in enumerate(names)
    ]
