"""When a gate lets a run pass, and how it says so."""

import io
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from promptevolver_cli.gate import (
    FAILED,
    PASSED,
    UNDECIDED,
    Check,
    Judgement,
    Outcome,
    Requirement,
    of_comparison,
    of_run,
)
from promptevolver_cli.gate_report import junit, markdown, table
from promptevolver_client import models
from rich.console import Console
from support.comparison_views import comparison_json, comparison_view
from support.views import COMPARISON, detail, finished_view, run_view

IMPROVED, NOT_WORSE = Requirement


@pytest.mark.parametrize(
    ("verdict", "not_worse", "improved", "kept"),
    [
        ("improved", True, PASSED, PASSED),
        ("regressed", False, FAILED, FAILED),
        ("equivalent", True, FAILED, PASSED),
        ("inconclusive", False, UNDECIDED, UNDECIDED),
        ("inconclusive", True, UNDECIDED, PASSED),
        ("too_small", None, UNDECIDED, UNDECIDED),
        ("too_small", True, UNDECIDED, UNDECIDED),
        ("not_comparable", None, UNDECIDED, UNDECIDED),
        ("not_comparable", True, UNDECIDED, UNDECIDED),
    ],
)
def test_a_verdict_decides(verdict: str, not_worse: bool | None, improved: int, kept: int) -> None:
    view = comparison_view(score={"verdict": verdict, "not_worse": not_worse})
    assert of_comparison(view, IMPROVED, {}).outcome == improved
    assert of_comparison(view, NOT_WORSE, {}).outcome == kept


def test_only_metrics_that_claims_are_made_on_count() -> None:
    view = comparison_view(
        score={"verdict": "improved"}, brevity={"verdict": "regressed", "gate": False}
    )
    judgement = of_comparison(view, IMPROVED, {})
    assert [check.name for check in judgement.checks] == ["score"]
    assert judgement.outcome == PASSED


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_a_run_that_was_cut_short_does_not_pass(state: str) -> None:
    plain = comparison_json(score={"verdict": "improved", "candidate": {"mean": 0.9}})
    plain["comparisons"][0]["candidate"] |= {"state": state, "missing": 7}
    view = models.ComparisonView.model_validate(plain)
    judgement = of_comparison(view, IMPROVED, {"score": 0.5})
    assert judgement.outcome == UNDECIDED
    assert (judgement.checks[0].name, judgement.checks[0].outcome) == ("run r-2", UNDECIDED)
    assert f"{state}, and 7" in judgement.checks[0].words


def test_a_failure_outweighs_an_open_question() -> None:
    view = comparison_view(score={"verdict": "inconclusive"}, exact={"verdict": "regressed"})
    assert of_comparison(view, IMPROVED, {}).outcome == FAILED


def test_minima_are_of_the_candidates_mean() -> None:
    view = comparison_view(score={"verdict": "improved", "candidate": {"mean": 0.7}})
    assert of_comparison(view, IMPROVED, {"score": 0.7}).outcome == PASSED
    assert of_comparison(view, IMPROVED, {"score": 0.71}).outcome == FAILED
    unknown = of_comparison(view, IMPROVED, {"scroe": 0.1})
    assert unknown.outcome == UNDECIDED
    assert "there are: score" in unknown.checks[-1].words


def run(**changes: Any) -> models.RunDetail:
    return models.RunDetail.model_validate(detail(finished_view(**changes)))


def test_a_run_alone_is_judged_by_its_own_verdict() -> None:
    judgement = of_run(run(), IMPROVED, {}, {})
    assert (judgement.outcome, judgement.simulated) == (PASSED, True)
    assert judgement.checks[0].difference == pytest.approx(0.2)
    worse = COMPARISON.model_copy(update={"verdict": "regressed"})
    assert of_run(run(verdict="regressed", comparison=worse), IMPROVED, {}, {}).outcome == FAILED


@pytest.mark.parametrize("state", ["running", "failed", "cancelled"])
def test_a_run_without_a_verdict_is_not_decidable(state: str) -> None:
    unended = models.RunDetail.model_validate(detail(run_view(state=state)))
    judgement = of_run(unended, NOT_WORSE, {}, {})
    assert judgement.outcome == UNDECIDED
    assert state in judgement.checks[0].words


def test_a_paused_run_says_what_it_waits_for() -> None:
    paused = run_view(state="paused", paused_reason="timeout: no answer")
    judgement = of_run(models.RunDetail.model_validate(detail(paused)), NOT_WORSE, {}, {})
    assert "timeout: no answer" in judgement.checks[0].words


def test_an_evaluation_alone_is_judged_by_minima() -> None:
    scored = run(kind="evaluation", comparison=None, verdict=None)
    assert of_run(scored, IMPROVED, {"exact": 0.5}, {"exact": 0.6}).outcome == PASSED
    assert of_run(scored, IMPROVED, {"exact": 0.7}, {"exact": 0.6}).outcome == FAILED


def test_an_evaluation_of_which_nothing_is_asked_does_not_pass() -> None:
    judgement = of_run(run(kind="evaluation", comparison=None, verdict=None), IMPROVED, {}, {})
    assert judgement.outcome == UNDECIDED
    assert "--baseline" in judgement.checks[0].words


@pytest.mark.parametrize("state", ["running", "failed", "cancelled"])
def test_means_of_a_part_of_the_examples_do_not_pass(state: str) -> None:
    part = run(kind="evaluation", comparison=None, verdict=None, state=state)
    judgement = of_run(part, IMPROVED, {"exact": 0.5}, {"exact": 0.6})
    assert judgement.outcome == UNDECIDED
    assert state in judgement.checks[0].words


MIXED = Judgement(
    run_id="r-2",
    baseline="triage | old",
    simulated=True,
    checks=(
        Check("score", Outcome.PASSED, "improved", 0.5, 0.7, 0.2, 0.1, 0.3, 0.001, 60, "improved"),
        Check("exact", Outcome.FAILED, "worse", verdict="regressed"),
        Check("tone >= 0.9", Outcome.UNDECIDED, "no such metric <b>"),
    ),
    notes=("few examples",),
)


def test_junit_has_a_case_for_each_check() -> None:
    suite = ET.fromstring(junit(MIXED)).find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "1")
    passed, failed, undecided = suite.findall("testcase")
    assert [child.tag for child in passed] == ["system-out"]
    assert failed.find("failure") is not None
    error = undecided.find("error")
    assert error is not None
    assert error.get("message") == "no such metric <b>"
    properties = {p.get("name"): p.get("value") for p in suite.iter("property")}
    assert properties == {"run": "r-2", "simulated": "true"}


def test_markdown_is_a_table_that_says_simulated() -> None:
    text = markdown(MIXED)
    title, _, heading, rule, *rows = text.splitlines()
    assert title.startswith("### Gate failed")
    assert "[simulated]" in title
    assert heading.count("|") == rule.count("|") == rows[0].count("|")
    assert "| +0.200 | +0.100 to +0.300 | 0.001 | 60 |" in rows[0]
    assert rows[-1] == "- few examples"


HOSTILE = (
    "x\n### Gate passed\n| score | passed | <img src=https://evil.example/a.png> @everyone "
    "![a](https://evil.example) www.evil.example #1 `code` \x1b[31m"
)


def test_names_of_strangers_are_nothing_but_text() -> None:
    check = replace(MIXED.checks[0], name=HOSTILE, words=HOSTILE)
    judged = replace(MIXED, baseline=HOSTILE, checks=(check,), notes=(HOSTILE,))

    text = markdown(judged)

    plain = markdown(replace(MIXED, checks=MIXED.checks[:1]))
    assert [line[:2] for line in text.splitlines()] == [line[:2] for line in plain.splitlines()]
    assert text.splitlines()[2].count("|") == text.splitlines()[4].count("|")
    for active in ("<img", "@everyone", "](", "://", "www.", "`", " #1", "\x1b"):
        assert active not in text, active
    suite = ET.fromstring(junit(judged)).find("testsuite")
    assert suite is not None
    assert "<img src=https://evil.example/a.png> @everyone" in suite.attrib["name"]


def test_a_judgement_can_be_read_in_a_narrow_terminal() -> None:
    console = Console(file=io.StringIO(), width=80, record=True)

    console.print(table(MIXED))

    lines = [line.rstrip() for line in console.export_text().splitlines()]
    assert max(map(len, lines)) <= 80
    for check in MIXED.checks:
        assert any(check.name in line for line in lines)
    words = {word for line in lines for word in line.split()}
    assert {"passed", "failed", "difference", "interval"} <= words
