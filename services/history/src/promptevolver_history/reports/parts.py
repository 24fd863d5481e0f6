"""Sections that reports of both kinds have; pure."""

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from promptevolver_contracts.comparisons import (
    Average,
    ComparedExample,
    ComparisonView,
    ExampleSide,
    MetricComparison,
    PairComparison,
    Typical,
)

from promptevolver_history.reports import charts
from promptevolver_history.reports.charts import Estimate
from promptevolver_history.reports.document import (
    Block,
    Changes,
    Figure,
    Mark,
    Section,
    Table,
    Text,
)
from promptevolver_history.reports.gathering import Examples
from promptevolver_history.reports.wording import (
    NONE,
    TESTS,
    digits,
    interval,
    number,
    p,
    signed,
)

_CHARS = 400
_TEXTS = "$.program.components."
"""Shown line by line in a section of their own"""
_UNITS = {"latency_ms": "Time of the model (ms)", "usd": "Cost (USD)", "tokens": "Tokens"}


def metrics_section(pair: PairComparison, view: ComparisonView, names: tuple[str, str]) -> Section:
    """Show how each metric changed: as a chart, and as numbers."""
    measured = [each for each in pair.metrics if each.difference is not None]
    blocks: list[Block] = []
    if measured:
        blocks.append(
            Figure(
                partial(charts.forest, [_estimate(each) for each in measured], view.margin),
                f"Difference by metric ({names[1]} less {names[0]}) with its "
                f"{view.confidence:.0%} interval. Right of zero is better; within the grey band "
                "a difference does not matter.",
            )
        )
    both = [
        (each.metric, each.baseline.mean, each.candidate.mean)
        for each in pair.metrics
        if each.baseline is not None and each.candidate is not None
    ]
    if both:
        blocks.append(Figure(partial(charts.bars, both, names), "Means by metric, from 0 to 1."))
        blocks.append(_metrics_table(pair.metrics, names))
    blocks += [Text(each.detail, warning=True) for each in pair.not_comparable]
    return Section("Quality", blocks or [Text("No metric was measured on both sides.")])


def _estimate(each: MetricComparison) -> Estimate:
    bounds = each.interval
    return Estimate(
        each.metric,
        each.difference or 0.0,
        None if bounds is None else bounds.low,
        None if bounds is None else bounds.high,
    )


def _metrics_table(metrics: Sequence[MetricComparison], names: tuple[str, str]) -> Table:
    headers = (
        "Metric", names[0], names[1], "Difference", "Interval", "p (adjusted)",
        "Better / same / worse", "Verdict",
    )  # fmt: skip
    return Table(
        headers,
        [
            (
                each.metric,
                _mean(each.baseline),
                _mean(each.candidate),
                signed(each.difference),
                interval(each.interval),
                p(each.p_adjusted),
                f"{each.wins} / {each.ties} / {each.losses}",
                each.verdict.replace("_", " "),
            )
            for each in metrics
        ],
    )


def cost_section(pair: PairComparison, names: tuple[str, str]) -> Section:
    """Tell what an example costs and how long it takes."""
    rows = [
        (
            _UNITS[each.quantity],
            _size(each.baseline),
            _size(each.candidate),
            NONE if each.ratio is None else f"x {each.ratio:.2f}",
            NONE
            if each.interval is None
            else f"x {each.interval.low:.2f} to {each.interval.high:.2f}",
            str(each.n),
        )
        for each in pair.ratios
    ]
    headers = ("Per example", names[0], names[1], "Ratio", "Interval", "Examples")
    note = "Means; the ratio is of geometric means. Examples answered from the cache are left out."
    return Section("Cost and latency", [Table(headers, rows), Text(note)])


def _mean(of: Average | None) -> str:
    return NONE if of is None else number(of.mean)


def _size(of: Typical | None) -> str:
    return NONE if of is None else digits(of.mean)


def changes_section(before: Mapping[str, str], after: Mapping[str, str]) -> Section:
    """Show what changed in the prompt."""
    names = sorted({*before, *after})
    changed = [name for name in names if before.get(name, "") != after.get(name, "")]
    blocks: list[Block] = [
        Changes(name, list(difference(before.get(name, ""), after.get(name, ""))))
        for name in changed
    ]
    return Section("What changed in the prompt", blocks or [Text("The texts are the same.")])


def configuration_section(pair: PairComparison, names: tuple[str, str]) -> Section:
    """Show how the requests differ otherwise."""
    rows = [
        (each.path, _cut(_spelt(each.baseline)), _cut(_spelt(each.candidate)))
        for each in pair.configuration
        if not each.path.startswith(_TEXTS)
    ]
    blocks: list[Block] = [Table(("Where", *names), rows, words=3)] if rows else []
    if not rows:
        blocks.append(Text("None but the texts above."))
    if pair.configuration_more:
        blocks.append(Text(f"{pair.configuration_more} more differences are left out."))
    return Section("Other differences of the requests", blocks)


def _spelt(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def difference(before: str, after: str) -> Iterator[tuple[Mark, str]]:
    """Compare texts line by line."""
    old, new = before.splitlines(), after.splitlines()
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for what, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if what == "equal":
            yield from ((" ", line) for line in old[old_from:old_to])
            continue
        yield from (("-", line) for line in old[old_from:old_to])
        yield from (("+", line) for line in new[new_from:new_to])


def examples_section(found: Examples, names: tuple[str, str]) -> Section:
    """Show a few examples that changed most, both ways."""
    counts = found.counts
    said = ", ".join(f"{counts[change]} {change}" for change in counts)
    blocks: list[Block] = [Text(f"Of all examples: {said}. The largest changes are shown.")]
    for title, some in (("Improved", found.improved), ("Regressed", found.regressed)):
        if some:
            headers = (title, "Input", "Expected", names[0], names[1], "Change")
            blocks.append(Table(headers, [_example_row(each) for each in some], words=5))
    return Section("Examples", blocks)


def _example_row(each: ComparedExample) -> tuple[str, ...]:
    return (
        each.example_id,
        _cut(each.inputs),
        _cut(each.expected),
        _side(each.baseline),
        _side(each.candidate),
        signed(each.delta),
    )


def _side(side: ExampleSide | None) -> str:
    return NONE if side is None else f"{_cut(side.output)} (score {number(side.score)})"


def _cut(text: str) -> str:
    return text if len(text) <= _CHARS else f"{text[:_CHARS]}…"


def method_section(view: ComparisonView) -> Section:
    """Tell how the numbers came about, for whoever wants to check them."""
    used = dict.fromkeys(
        each.test for pair in view.comparisons for each in pair.metrics if each.test is not None
    )
    families = "; ".join(f"{name}: {what}" for name, what in view.methods.families.items())
    said = [
        (
            f"Examples of the {view.split} split, paired: each is compared with itself. "
            f"Differences up to {view.margin:g} are taken not to matter. Intervals are two-sided "
            f"at {view.confidence:.0%}. A claim is made on: {', '.join(view.gates)}; other metrics "
            "are explored only."
        ),
        *(f"{name}: {TESTS.get(name, name)}." for name in used if name),
        f"Adjustment for several tests: {families}." if families else "",
        *view.notes,
        (
            f"Methods {view.methods.version}, seed {view.methods.seed}, inputs "
            f"{view.methods.inputs_hash[:16]}, computed {view.computed_at:%Y-%m-%d %H:%M} UTC. The "
            "same inputs and methods give the same numbers."
        ),
    ]
    return Section("Method", [Text(each) for each in said if each])
