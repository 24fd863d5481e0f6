"""Whether a run may pass: what was asked of it, what is known, and what follows. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import IntEnum, StrEnum
from typing import Any

from promptevolver_client import models

from promptevolver_cli import wording

PASSED, FAILED, WRONG_INPUT, UNDECIDED = 0, 1, 2, 3
"""Exit codes, which CI jobs act on."""

ITS_ORIGIN = "the program that it started from"

_WORSE = frozenset({"regressed"})
_NO_CLAIM = frozenset({"too_small", "not_comparable"})


class Requirement(StrEnum):
    """What is asked of the difference from the baseline."""

    IMPROVED = "improved"
    NOT_WORSE = "not-worse"


class Outcome(IntEnum):
    """How a check ended; the worst of all decides. An open question is no pass."""

    PASSED = PASSED
    FAILED = FAILED
    UNDECIDED = UNDECIDED


@dataclass(frozen=True, slots=True)
class Check:
    """One thing asked, and how it ended."""

    name: str
    outcome: Outcome
    words: str
    baseline: float | None = None
    candidate: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    n: int | None = None
    verdict: str | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """All checks of one run."""

    run_id: str
    baseline: str
    """What it was compared with, in words"""
    simulated: bool
    checks: tuple[Check, ...]
    notes: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """A failure is certain, whatever else is open."""
        outcomes = {check.outcome for check in self.checks}
        for worst in (Outcome.FAILED, Outcome.UNDECIDED):
            if worst in outcomes:
                return worst
        return Outcome.PASSED

    def plain(self) -> dict[str, Any]:
        """Give it as JSON takes it."""
        checks = [asdict(check) | {"outcome": check.outcome.name.lower()} for check in self.checks]
        return {
            "run_id": self.run_id,
            "baseline": self.baseline,
            "simulated": self.simulated,
            "outcome": self.outcome.name.lower(),
            "exit_code": int(self.outcome),
            "checks": checks,
            "notes": list(self.notes),
        }


def of_comparison(
    view: models.ComparisonView, requirement: Requirement, minima: Mapping[str, float]
) -> Judgement:
    """Judge the first run compared with the baseline, on each metric that a claim is made on."""
    pair = view.comparisons[0]
    by_name = {each.metric: each for each in pair.metrics}
    differences = [_difference(each, requirement) for each in pair.metrics if each.gate]
    means = {name: each.candidate.mean for name, each in by_name.items() if each.candidate}
    sides = (view.baseline, pair.candidate)
    cut = [_cut_short(side) for side in sides if side.state in {"failed", "cancelled"}]
    blocking = [each.detail for each in pair.not_comparable]
    return Judgement(
        run_id=pair.candidate.run_id,
        baseline=f"{view.baseline.name or view.baseline.program} (run {view.baseline.run_id})",
        simulated=any(side.simulated for side in sides),
        checks=(*cut, *differences, *_minima(minima, means)),
        notes=(*view.notes, *blocking),
    )


def open_question(run_id: str, baseline: str, why: str) -> Judgement:
    """Judge nothing: the API did not answer, so nothing is known."""
    checks = (Check("answer of the API", Outcome.UNDECIDED, why),)
    return Judgement(run_id, baseline, simulated=False, checks=checks)


def _cut_short(side: models.Side) -> Check:
    """Doubt a run that did not come to its end: what it lacks is not lacking by chance."""
    words = f"it is {side.state}, and {side.missing} of the split's examples are missing"
    return Check(f"run {side.run_id}", Outcome.UNDECIDED, words)


def of_run(
    run: models.RunDetail,
    requirement: Requirement,
    minima: Mapping[str, float],
    means: Mapping[str, float],
) -> Judgement:
    """Judge a run by its own verdict: its winner against the program that it started from.

    An evaluation has none, and is judged by minima of its means once they are whole.
    """
    alone = run.kind == "evaluation"
    own = _whole(run, minima) if alone else (_own(run, requirement),)
    return Judgement(
        run_id=run.run_id,
        baseline="none" if alone else ITS_ORIGIN,
        simulated=run.simulated,
        checks=(*own, *_minima(minima, means)),
        notes=() if run.state == "completed" else (f"the run is {run.state}",),
    )


def _whole(run: models.RunDetail, minima: Mapping[str, float]) -> Iterable[Check]:
    """Doubt what an evaluation cannot show."""
    if run.state != "completed":
        words = f"the run is {run.state}: its means are of some of the examples only"
        yield Check("score", Outcome.UNDECIDED, words)
    elif not minima:
        words = "an evaluation has no verdict of its own; name a --baseline, or a --metric NAME=MIN"
        yield Check("score", Outcome.UNDECIDED, words)


def _own(run: models.RunDetail, requirement: Requirement) -> Check:
    found = run.comparison
    if found is None:
        why = run.reason or run.paused_reason or "it sat no exam"
        words = f"the run is {run.state} and has no verdict: {why}"
        return Check("score", Outcome.UNDECIDED, words)
    verdict = run.verdict or found.verdict
    return Check(
        name="score",
        outcome=_decided(verdict, requirement, not_worse=None),
        words=wording.verdict(verdict),
        baseline=found.mean_original,
        candidate=found.mean_winner,
        difference=found.difference,
        low=found.low,
        high=found.high,
        p_value=found.p_value,
        n=found.n,
        verdict=verdict,
    )


def _difference(metric: models.MetricComparison, requirement: Requirement) -> Check:
    interval = metric.interval
    return Check(
        name=metric.metric,
        outcome=_decided(metric.verdict, requirement, not_worse=metric.not_worse),
        words=wording.compared(metric.verdict),
        baseline=metric.baseline.mean if metric.baseline else None,
        candidate=metric.candidate.mean if metric.candidate else None,
        difference=metric.difference,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        p_value=metric.p_value if metric.p_adjusted is None else metric.p_adjusted,
        n=metric.n,
        verdict=metric.verdict,
    )


def _decided(verdict: str, requirement: Requirement, *, not_worse: bool | None) -> Outcome:
    """Decide by verdict; `not_worse` is the test against the margin, where one was made."""
    if verdict == "improved":
        return Outcome.PASSED
    if verdict in _WORSE:
        return Outcome.FAILED
    if verdict in _NO_CLAIM:
        return Outcome.UNDECIDED
    if requirement is Requirement.NOT_WORSE and (verdict == "equivalent" or not_worse):
        return Outcome.PASSED
    return Outcome.UNDECIDED if verdict == "inconclusive" else Outcome.FAILED


def _minima(minima: Mapping[str, float], means: Mapping[str, float]) -> Iterable[Check]:
    for name, least in minima.items():
        mean = means.get(name)
        if mean is None:
            known = ", ".join(sorted(means)) or "none"
            words = f"no such metric was measured; there are: {known}"
            yield Check(f"{name} >= {least:g}", Outcome.UNDECIDED, words)
        else:
            outcome = Outcome.PASSED if mean >= least else Outcome.FAILED
            words = f"{mean:.3f}, at least {least:g} is asked for"
            yield Check(f"{name} >= {least:g}", outcome, words, candidate=mean)
