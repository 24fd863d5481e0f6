"""The commands as people call them, against an API that answers by script."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from promptevolver_cli import running
from promptevolver_cli.main import app
from promptevolver_client import AsyncClient, Retries
from promptevolver_contracts.queries import RunView
from support.comparison_views import comparison_json
from support.views import ACCEPTED, detail, finished_view, run_view
from typer.testing import CliRunner, Result

PROMPT = "Sort the ticket.\n\n{{ input.ticket }}"
DATA = "".join(
    json.dumps({"id": str(n), "inputs": {"ticket": "x"}, "expected": "a", "split": split}) + "\n"
    for n, split in enumerate(("train", "validation", "test"))
)


@dataclass
class Api:
    """Answers by path; keeps what it was sent."""

    answers: dict[str, Any] = field(default_factory=dict)
    sent: list[tuple[str, str, Any]] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v1")
        body = json.loads(request.content) if request.content else None
        self.sent.append((request.method, path, body))
        if isinstance(self.answers.get(path), int):
            return httpx.Response(self.answers[path], json={"code": "x", "detail": "scripted"})
        if path not in self.answers:
            return httpx.Response(404, json={"code": "not_found", "detail": f"no {path}"})
        return httpx.Response(200, json=self.answers[path])

    def bodies(self, path: str) -> list[Any]:
        return [body for _, at, body in self.sent if at == path]


type Call = Callable[..., Result]


@pytest.fixture
def api() -> Api:
    return Api(
        {
            "/optimize": ACCEPTED,
            "/evaluations": ACCEPTED,
            "/runs/r-1": detail(finished_view()),
            "/health": {
                "status": "ok",
                "models": {},
                "version": "0.1.0",
                "checks": {"nats": True, "history": True},
                "queues": {"evaluator-std": {"pending": 3, "in_flight": 2}},
                "simulated": True,
            },
        }
    )


@pytest.fixture
def call(api: Api, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    client = partial(AsyncClient, transport=httpx.MockTransport(api), retries=Retries(attempts=1))
    monkeypatch.setattr(running, "AsyncClient", client)
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prompt.txt").write_text(PROMPT)
    (tmp_path / "data.jsonl").write_text(DATA)

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments))

    return invoke


def test_optimize_submits_watches_and_reports(call: Call, api: Api) -> None:
    result = call(
        *("optimize", "prompt.txt", "data.jsonl", "--model", "openai/x"),
        *("--strategy", "backprop", "--usd", "2", "--seed", "5", "--when-exhausted", "pause"),
    )
    assert result.exit_code == 0, result.output
    (body,) = api.bodies("/optimize")
    assert body["models"] == {"task": {"model": "openai/x"}}
    assert body["strategy"]["name"] == "backprop"
    assert (body["budget"]["usd"], body["seed"]) == (2.0, 5)
    assert body["when_exhausted"] == "pause"
    assert "improved (better than the original)" in result.stdout
    assert "at most 1,000 model calls, $2.00" in result.stderr


def test_detach_prints_the_id_alone(call: Call) -> None:
    result = call("optimize", "prompt.txt", "data.jsonl", "--detach")
    assert result.stdout == "r-1\n"


def test_evaluate_scores_a_split(call: Call, api: Api) -> None:
    result = call("evaluate", "prompt.txt", "data.jsonl", "--split", "test")
    assert result.exit_code == 0, result.output
    assert api.bodies("/evaluations")[0]["split"] == "test"


def test_a_wrong_file_stops_before_anything_is_sent(call: Call, api: Api, tmp_path: Path) -> None:
    (tmp_path / "data.jsonl").write_text('{"id": "1", "inputs": {}}\n')
    result = call("optimize", "prompt.txt", "data.jsonl")
    assert result.exit_code == running.WRONG_INPUT
    assert "data.jsonl:1: inputs.ticket:" in result.stderr
    assert api.sent == []


def test_a_failed_run_is_told_by_the_exit_code(call: Call, api: Api) -> None:
    api.answers["/runs/r-1"] = detail(
        run_view(state="failed", error={"code": "internal", "detail": "the strategy broke"})
    )
    result = call("watch", "r-1")
    assert result.exit_code == running.FAILED
    assert "the strategy broke" in result.stdout


def test_runs_lists_them(call: Call, api: Api) -> None:
    page = {
        "data": [finished_view().model_dump(mode="json")],
        "page": {"next_cursor": None, "limit": 20},
    }
    api.answers["/history"] = page
    result = call("runs")
    assert result.exit_code == 0, result.output
    for words in ("r-1", "gepa", "completed", "improved", "simulated"):
        assert words in result.stdout


def test_a_piped_list_of_runs_is_whole(
    call: Call, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    api.answers["/history"] = {
        "data": [finished_view(name="the July tickets, once more").model_dump(mode="json")],
        "page": {"next_cursor": None, "limit": 20},
    }
    assert "the July tickets, once more, gepa" in call("runs").stdout


def listed(*views: RunView) -> dict[str, Any]:
    return {
        "data": [view.model_dump(mode="json") for view in views],
        "page": {"next_cursor": None, "limit": 20},
    }


RUN_ID = "0197c2ab-51d4-7e02-9d3f-095cc49be466"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("TTY_COMPATIBLE", "1")


@pytest.mark.usefixtures("call", "terminal")  # in this order
def test_runs_fit_eighty_columns_with_their_names(call: Call, api: Api) -> None:
    long = "the tickets of July, once more and with a name that goes on and on"
    api.answers["/history"] = listed(
        finished_view(run_id=RUN_ID, name="tickets of July", verdict="not_comparable"),
        finished_view(run_id=f"{RUN_ID[:-1]}7", name=long, state="cancelled"),
    )
    result = call("runs")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) == 4  # the header, both runs, what the mark means
    first, second = lines[1:3]
    for words in ("…c49be466", "tickets of July", "completed*", "0.500", "not_comparable"):
        assert words in first
    for words in ("…c49be467", "the tickets", "…  ", "cancelled*"):
        assert words in second
    assert "--wide or --json" in result.stderr


@pytest.mark.usefixtures("call", "terminal")  # in this order
def test_whole_ids_are_a_word_away(call: Call, api: Api) -> None:
    view = finished_view(run_id=RUN_ID, name="tickets of July")
    api.answers["/history"] = listed(view)
    assert RUN_ID in call("runs", "--wide").stdout
    (told,) = json.loads(call("runs", "--json").stdout)
    assert (told["run_id"], told["name"]) == (RUN_ID, "tickets of July")
    api.answers["/history"] = listed()
    assert json.loads(call("runs", "--json").stdout) == []


def test_a_run_may_be_named(call: Call, api: Api) -> None:
    assert call("optimize", "prompt.txt", "data.jsonl", "--name", "July").exit_code == 0
    assert api.bodies("/optimize")[0]["name"] == "July"


@pytest.mark.parametrize("operation", ["cancel", "pause", "resume"])
def test_controls_reach_the_run(call: Call, api: Api, operation: str) -> None:
    api.answers[f"/runs/r-1/{operation}"] = ACCEPTED | {"control_id": "c-1"}
    assert call(operation, "r-1", "--reason", "why").exit_code == 0
    assert api.bodies(f"/runs/r-1/{operation}") == [{"reason": "why"}]


def test_top_up_adds_what_is_named(call: Call, api: Api) -> None:
    api.answers["/runs/r-1/top_up"] = ACCEPTED | {"control_id": "c-1"}
    assert call("top-up", "r-1").exit_code == running.WRONG_INPUT
    assert call("top-up", "r-1", "--calls", "50").exit_code == 0
    assert api.bodies("/runs/r-1/top_up") == [{"budget": {"calls": 50}, "reason": ""}]


def test_an_unknown_run_is_told_in_words(call: Call) -> None:
    result = call("show", "nope")
    assert result.exit_code == running.FAILED
    assert "no /runs/nope" in result.stderr


def test_doctor_asks_everything_and_names_the_cap(call: Call, api: Api) -> None:
    result = call("doctor", "prompt.txt", "data.jsonl")
    assert result.exit_code == 0, result.output
    for words in (
        "nats: reachable",
        "evaluator-std: 3 waiting, 2 in work",
        "openai/simulated-task answers (simulated)",
        "at most 1,000 model calls",
    ):
        assert words in result.stdout
    assert api.bodies("/evaluations")[0]["response_cache"] is False


def test_doctor_says_simulated_of_a_named_model_and_of_no_real_one(call: Call, api: Api) -> None:
    simulated = call("doctor", "--model", "openai/simulated-task")
    api.answers["/runs/r-1"] = detail(finished_view(models={"task": "openai/x"}, simulated=False))
    real = call("doctor", "--model", "openai/x")
    assert "openai/simulated-task answers (simulated)" in simulated.stdout
    assert "openai/x answers\n" in real.stdout


def test_doctor_fails_when_something_is_away(call: Call, api: Api) -> None:
    api.answers["/health"]["checks"]["history"] = False
    result = call("doctor", "--no-probe")
    assert result.exit_code == running.FAILED
    assert "history: does not answer" in result.stdout
    assert api.bodies("/evaluations") == []


def test_doctor_tries_no_model_that_nothing_could_ask(call: Call, api: Api) -> None:
    api.answers["/health"]["checks"]["history"] = False
    result = call("doctor")
    assert result.exit_code == running.FAILED
    assert "model: not tried" in result.stdout
    assert api.bodies("/evaluations") == []


def test_doctor_may_be_used_with_a_key_that_starts_no_runs(call: Call, api: Api) -> None:
    api.answers["/evaluations"] = 403
    result = call("doctor")
    assert result.exit_code == 0, result.output
    assert "model: not tried: scripted; leave it out by --no-probe" in result.stdout


def test_doctor_shows_why_the_model_does_not_answer(call: Call, api: Api) -> None:
    api.answers["/runs/r-1"] = detail(run_view(state="paused", paused_reason="bad credentials"))
    api.answers["/runs/r-1/cancel"] = ACCEPTED | {"control_id": "c-1"}
    result = call("doctor")
    assert result.exit_code == running.FAILED
    assert "model: bad credentials" in result.stdout
    assert len(api.bodies("/runs/r-1/cancel")) == 1


def test_a_gate_passes_by_the_runs_own_verdict(call: Call, api: Api) -> None:
    api.answers["/runs/r-1/candidates/bbb"] = CANDIDATE
    passed = call("gate", "r-1", "--wait", "--metric", "exact=0.6")
    assert passed.exit_code == 0, passed.output
    assert "Gate passed" in passed.stdout
    assert "[simulated]" in passed.stdout
    assert call("gate", "r-1", "--metric", "exact=0.7").exit_code == 1


CANDIDATE = {
    "candidate": {"candidate_id": "bbb", "status": "accepted", "ordinal": 1},
    "diffs": {},
    "measurements": [
        {
            "kind": "exam",
            "split": "test",
            "examples": 60,
            "mean": 0.7,
            "means": {"exact": 0.65},
            "seq": 9,
            "at": "2026-01-02T03:04:05Z",
        }
    ],
}


def test_a_gate_compares_with_a_baseline_and_writes_reports(
    call: Call, api: Api, tmp_path: Path
) -> None:
    api.answers["/runs/compare"] = comparison_json(score={"verdict": "regressed"})
    gate = ("gate", "r-2", "--baseline", "r-1")
    failed = call(*gate, "--json", "--junit", "gate.xml", "--markdown", "gate.md")
    assert failed.exit_code == 1
    told = json.loads(failed.stdout)
    assert (told["outcome"], told["exit_code"], told["simulated"]) == ("failed", 1, True)
    assert 'failures="1"' in (tmp_path / "gate.xml").read_text()
    assert "Gate failed" in (tmp_path / "gate.md").read_text()
    api.answers["/runs/compare"] = comparison_json(
        score={"verdict": "inconclusive", "not_worse": True}
    )
    assert call(*gate).exit_code == 3
    assert call(*gate, "--require", "not-worse").exit_code == 0


def test_a_gate_scores_a_program_beside_the_version_in_production(call: Call, api: Api) -> None:
    program = {"name": "triage", "components": {}, "stages": []}
    version = {
        "prompt_id": "p",
        "number": 3,
        "candidate_id": "c",
        "program_hash": "h",
        "created_at": "2026-01-02T03:04:05Z",
        "created_by": {"id": "local", "name": "local"},
        "program": program,
    }
    label = {
        "prompt_id": "p",
        "name": "triage",
        "label": "production",
        "version": 3,
        "revision": 1,
        "moved_at": "2026-01-02T03:04:05Z",
        "moved_by": {"id": "local", "name": "local"},
    }
    api.answers["/prompts/triage/labels/production"] = {"label": label, "version": version}
    api.answers["/runs/compare"] = comparison_json(score={"verdict": "improved"})
    files = ("--program", "prompt.txt", "--data", "data.jsonl")
    passed = call("gate", "--baseline-prompt", "triage", *files)
    assert passed.exit_code == 0, passed.output
    baseline, candidate = api.bodies("/evaluations")
    assert baseline["program"] == program
    assert candidate["program"]["name"] == "prompt"
    assert baseline["split"] == candidate["split"] == "test"
    assert baseline["dataset"] == candidate["dataset"]


@pytest.mark.parametrize(
    ("arguments", "answer", "code"),
    [
        (("gate",), None, 2),
        (("gate", "r-1", "--metric", "exact"), None, 2),
        (("gate", "r-1", "--metric", "exact=high"), None, 2),
        (("gate", "r-1", "--require", "best"), None, 2),
        (("gate", "r-1", "--margin", "0.02"), None, 2),
        (("gate", "r-1", "--on", "exact"), None, 2),
        (("gate", "r-1", "--split", "test"), None, 2),
        (("gate", "r-9"), None, 2),
        (("gate", "r-9"), 422, 2),
        (("gate", "r-9"), 401, 2),
        (("gate", "r-9"), 503, 3),
        (("gate", "r-9"), 429, 3),
    ],
)
def test_a_gate_tells_wrong_input_from_what_it_cannot_know(
    call: Call, api: Api, arguments: tuple[str, ...], answer: int | None, code: int
) -> None:
    if answer is not None:
        api.answers["/runs/r-9"] = answer
    assert call(*arguments).exit_code == code


@pytest.mark.parametrize("file", ["--junit", "--markdown"])
def test_a_gate_refuses_a_report_without_a_folder_before_it_asks(
    call: Call, api: Api, file: str
) -> None:
    refused = call("gate", "r-1", file, "no/folder/report")
    assert refused.exit_code == 2
    assert "no/folder" in refused.stderr
    assert not api.sent


def test_a_gate_that_cannot_write_its_report_is_no_failure_of_the_run(
    call: Call, api: Api, tmp_path: Path
) -> None:
    api.answers["/runs/compare"] = comparison_json(score={"verdict": "improved"})
    (tmp_path / "gate.xml").mkdir()
    result = call("gate", "r-2", "--baseline", "r-1", "--junit", "gate.xml")
    assert result.exit_code == 2
    assert "Gate passed" in result.stdout
    assert "gate.xml" in result.stderr


@pytest.mark.parametrize(
    ("target", "named"),
    [
        (("r-9",), "run r-9"),
        (("r-9", "--baseline", "r-1"), "against run r-1"),
        (("--baseline-prompt", "triage", "p.txt", "d.jsonl"), "against triage@production"),
    ],
)
def test_a_gate_reports_that_the_api_was_away(
    call: Call, api: Api, tmp_path: Path, target: tuple[str, ...], named: str
) -> None:
    if "p.txt" in target:
        (tmp_path / "p.txt").write_text(PROMPT)
        (tmp_path / "d.jsonl").write_text(DATA)
        target = (*target[:2], "--program", "p.txt", "--data", "d.jsonl")
    away = ("/runs/r-9", "/runs/compare", "/prompts/triage/labels/production")
    api.answers |= dict.fromkeys(away, 503)
    result = call("gate", *target, "--json", "--junit", "gate.xml", "--markdown", "gate.md")
    assert result.exit_code == 3
    assert json.loads(result.stdout)["outcome"] == "undecided"
    report = (tmp_path / "gate.xml").read_text()
    assert 'errors="1"' in report
    assert named in report
    assert "scripted" in report
    assert "Gate not decidable" in (tmp_path / "gate.md").read_text()


def test_a_command_without_a_key_says_how_to_give_one(call: Call, api: Api) -> None:
    api.answers["/history"] = 401
    assert "PROMPTEVOLVER_API_KEY" in call("runs").stderr


def test_runs_are_compared(call: Call, api: Api) -> None:
    api.answers["/runs/compare"] = comparison_json(
        score={"verdict": "improved", "difference": 0.2, "candidate": {"mean": 0.7}},
        brevity={"verdict": "equivalent", "gate": False},
    )
    result = call("compare", "r-1", "r-2")
    assert result.exit_code == 0, result.output
    for words in ("score", "+0.200", "better than the baseline", "explored only", "[simulated]"):
        assert words in result.stdout


def test_an_empty_list_of_runs_says_what_to_do(call: Call, api: Api) -> None:
    api.answers["/history"] = {"data": [], "page": {"next_cursor": None, "limit": 20}}
    assert "no such runs" in call("runs").stdout
