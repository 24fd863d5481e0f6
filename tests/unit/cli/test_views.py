"""What people see of a run: progress, report, exports."""

import io
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import yaml
from promptevolver_cli import wording
from promptevolver_cli.exports import Format, NotExportable, export
from promptevolver_cli.progress import follow, line, panel
from promptevolver_cli.report import report
from promptevolver_client import models
from promptevolver_contracts.queries import RunView
from promptevolver_contracts.spending import Spend
from rich.console import Console, RenderableType
from support.views import COMPARISON, finished_view, run_view


def drawn(renderable: RenderableType) -> str:
    console = Console(file=io.StringIO(), width=120)
    console.print(renderable)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO above
    return text


async def stream(*views: RunView) -> AsyncIterator[RunView]:
    for view in views:
        yield view


@pytest.mark.parametrize("shown", [line(run_view(), 5), drawn(panel(run_view(), 5))])
def test_progress_tells_everything_that_moves(shown: str) -> None:
    for words in (
        "simulated",
        "running",
        "0.500",
        "0.625",
        "7 proposed, 2 accepted, 4 rejected",
        "33 done, 7 in flight, 5 queued",
        "120 of 1,500 calls",
        "9,600 tokens",
        "$0.0123",
    ):
        assert words in shown


def test_a_pause_shows_its_reason_and_how_to_go_on() -> None:
    paused = run_view(state="paused", paused_reason="the provider answers 503 [unavailable]")
    assert "paused: the provider answers 503 [unavailable]" in line(paused, None)
    assert "[unavailable]" in drawn(panel(paused, None))
    assert f"promptevolver resume {paused.run_id}" in line(paused, None)
    assert "to go on" not in line(run_view(), None)


async def test_plain_output_has_a_line_every_two_seconds_and_for_every_change_of_state() -> None:
    console = Console(file=io.StringIO(), width=300)
    ticks = iter([0.0, 0.0, 0.5, 2.5, 2.5, 2.6, 2.6, 2.7, 2.7, 2.8])
    views = (
        run_view(proposed=1),
        run_view(proposed=2),
        run_view(proposed=3),
        run_view(state="paused"),
        finished_view(),
    )
    last = await follow(stream(*views), console, clock=lambda: next(ticks))
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]  # a StringIO
    assert last.state == "completed"
    assert [text.split("state: ")[1].split(",")[0] for text in lines] == [
        "running",
        "running",
        "paused",
        "completed",
    ]
    assert "1 proposed" in lines[0]
    assert "3 proposed" in lines[1]


async def test_the_live_view_ends_with_the_run() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    assert (await follow(stream(run_view(), finished_view()), console)).state == "completed"


async def test_a_run_without_any_state_is_an_error() -> None:
    with pytest.raises(ValueError, match="no state"):
        await follow(stream(), Console(file=io.StringIO()))


def test_the_report_has_the_sealed_exam_and_the_cost() -> None:
    shown = drawn(report(finished_view()))
    for words in (
        "[simulated models]",
        "0.500 on 60 sealed examples",
        "0.700 on the same",
        "+0.200, 95% interval +0.100 to +0.300, p = 0.001; 15 won, 42 tied, 3 lost",
        "improved (better than the original)",
        "nothing was paid",
        "2 min 5 s",
        "Be strict.",
    ):
        assert words in shown


def test_a_real_run_is_not_called_simulated() -> None:
    assert "simulated" not in drawn(report(finished_view(simulated=False, models={})))


def test_a_comparison_without_an_interval_says_so() -> None:
    small = COMPARISON.model_copy(
        update={"low": None, "high": None, "verdict": "too_small", "needed_n": 300}
    )
    shown = drawn(report(finished_view(comparison=small, verdict="too_small")))
    assert "no interval" in shown
    assert "about 300 sealed examples" in shown


def test_a_failed_run_shows_why() -> None:
    failed = run_view(
        state="failed",
        error={"code": "internal", "detail": "the strategy broke"},
        reason="the strategy broke",
        original_mean=None,
        best_mean=None,
    )
    shown = drawn(report(failed))
    assert shown.count("the strategy broke") == 1
    assert "the strategy broke (internal)" in shown
    assert "validation split" not in shown


def test_unknown_prices_are_said_and_not_zero() -> None:
    assert wording.money(Spend(calls=3, unpriced_calls=3)) == "price unknown"
    assert "2 calls of unknown price" in wording.money(Spend(calls=3, unpriced_calls=2, usd=0.1))


PROGRAM = {
    "name": "triage",
    "components": {"instruction": {"kind": "instruction", "text": "Sort.\nBe strict.\n"}},
    "stages": [{"name": "answer", "messages": []}],
}
ANSWER: dict[str, Any] = {
    "run_id": "r-1",
    "dataset_id": "d-1",
    "original": PROGRAM,
    "response_format": None,
    "program": PROGRAM,
    "messages": [
        {"role": "system", "content": "Sort.\nBe strict."},
        {"role": "user", "content": "{{ input.ticket }}"},
    ],
    "parameters": {"temperature": 0, "top_p": None, "max_tokens": 200, "stop": []},
}


def winner(**changes: Any) -> models.Export:
    return models.Export.model_validate(ANSWER | changes)


def test_a_winner_is_exported_as_text_messages_and_program() -> None:
    assert export(winner(), Format.TEXT) == (
        "[system]\nSort.\nBe strict.\n\n[user]\n{{ input.ticket }}\n"
    )
    assert json.loads(export(winner(), Format.OPENAI)) == {
        "messages": ANSWER["messages"],
        "temperature": 0,
        "max_tokens": 200,
    }
    answer_format = {"type": "json_schema", "json_schema": {"name": "output", "schema": {}}}
    with_schema = export(winner(response_format=answer_format), Format.OPENAI)
    assert json.loads(with_schema)["response_format"] == answer_format
    text = export(winner(), Format.PROGRAM)
    assert yaml.safe_load(text) == PROGRAM
    assert "text: |" in text


def test_a_pipeline_is_exported_as_a_program_only() -> None:
    with pytest.raises(NotExportable, match="--format program"):
        export(winner(messages=None), Format.TEXT)
