"""The command line against a whole stack, as a person uses it."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import pytest
import yaml
from promptevolver_cli.files import read_job
from promptevolver_contracts.programs import Program
from promptevolver_local.provider.chat import parse_chat_request
from promptevolver_local.services import EXAMPLE
from support.scene import Scene
from support.stack import triage_body
from support.waiting import wait_until

pytestmark = [pytest.mark.infra, pytest.mark.asyncio(loop_scope="session")]

COMMAND = str(Path(sys.executable).with_name("promptevolver"))
RUN_FILE = str(EXAMPLE / "run.yaml")
FAILED, WRONG_INPUT = 1, 2

type Done = subprocess.CompletedProcess[str]


async def promptevolver(scene: Scene, *arguments: str, url: str | None = None) -> Done:
    return await asyncio.to_thread(_call, url or scene.stack.gateway_url, arguments)


def _call(url: str, arguments: Sequence[str]) -> Done:
    environment = os.environ | {"PROMPTEVOLVER_URL": url, "COLUMNS": "200", "NO_COLOR": "1"}
    command = [COMMAND, *arguments]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=100, check=False
    )


async def said(scene: Scene, *arguments: str) -> str:
    """Give what a command that succeeds writes to standard output."""
    done = await promptevolver(scene, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_optimize_shows_progress_and_ends_with_a_table(scene: Scene) -> None:
    done = await promptevolver(
        scene, "optimize", "--run", RUN_FILE, "--calls", "500", "--seed", "21"
    )
    assert done.returncode == 0, done.stderr
    assert "at most 500 model calls" in done.stderr
    assert "mutations:" in done.stderr
    for words in ("completed", "simulated", "original", "winner", "verdict", "wall time"):
        assert words in done.stdout
    run = done.stdout.split("run ")[-1].split()[0]
    view = await scene.view(run)
    assert f"{view.spend.calls:,}" in done.stdout
    assert "completed" in await said(scene, "show", run)
    assert run[:8] in await said(scene, "runs")


async def test_evaluate_scores_without_searching(scene: Scene) -> None:
    out = await said(scene, "evaluate", "--run", RUN_FILE, "--split", "validation")
    assert "mean score" in out
    assert "mutations" not in out


async def test_a_run_is_paused_resumed_watched_and_cancelled(scene: Scene) -> None:
    await scene.faults(latency_ms=200)
    started = await said(scene, "optimize", "--run", RUN_FILE, "--calls", "50000", "--detach")
    run = started.strip()
    assert "accepted" in await said(scene, "pause", run, "--reason", "lunch")
    paused = await scene.until(run, "paused")
    assert paused.paused_reason == "lunch"
    assert "paused" in await said(scene, "runs", "--state", "paused")
    await said(scene, "resume", run)
    await scene.until(run, "running")
    await said(scene, "top-up", run, "--calls", "10")
    watching = asyncio.create_task(promptevolver(scene, "watch", run))
    await said(scene, "cancel", run, "--reason", "seen enough")
    watched = await watching
    assert watched.returncode == 0, watched.stderr
    assert "cancelled" in watched.stdout
    assert "seen enough" in watched.stdout
    late = await promptevolver(scene, "pause", run)
    assert late.returncode == FAILED
    assert "cancelled already" in late.stderr


async def test_what_is_exported_is_byte_for_byte_what_was_asked(scene: Scene) -> None:
    """The provider's log has the digest of each request; the export must give the same ones."""
    run = await scene.optimize(f"export-{uuid4()}", calls=700, seed=7)
    view = await scene.until(run, "completed")
    assert view.winner != view.original
    openai = json.loads(await said(scene, "export", run, "--format", "openai"))
    program = Program.model_validate(
        yaml.safe_load(await said(scene, "export", run, "--format", "program"))
    )
    text = await said(scene, "export", run)
    assert program.candidate_id == view.winner
    assert view.winner_texts is not None
    assert program.texts == view.winner_texts
    assert view.winner_texts["instruction"].strip() in text
    asked = {entry["sha256"] for entry in scene.requests()}
    examples = read_job(None, None, run=EXAMPLE / "run.yaml").examples
    judged = [example for example in examples if example.split == "validation"]
    for example in judged:
        filled = json.dumps(openai).replace(
            "{{ input.ticket }}", json.dumps(example.inputs["ticket"])[1:-1]
        )
        request = json.loads(filled)
        assert digest(request) in asked
        rendered = program.render(program.stages[0], example.inputs, {})
        messages = [message.model_dump() for message in rendered]
        assert messages == request["messages"]


def digest(request: dict[str, object]) -> str:
    return parse_chat_request({"model": "simulated-task", **request}).digest


async def test_a_program_that_was_exported_can_be_scored_again(
    scene: Scene, tmp_path: Path
) -> None:
    run = await scene.optimize(f"again-{uuid4()}", calls=450, seed=7)
    view = await scene.until(run, "completed")
    path = tmp_path / "winner.yaml"
    path.write_text(await said(scene, "export", run, "--format", "program"))
    data, metrics = str(EXAMPLE / "data.jsonl"), tmp_path / "metrics.yaml"
    metrics.write_text(yaml.safe_dump({"metrics": triage_body(calls=1, seed=0)["metrics"]}))
    out = await said(scene, "evaluate", str(path), data, "--metrics", str(metrics))
    assert f"{view.best_mean:.3f}" in out


async def test_doctor_says_that_all_is_well_and_what_a_run_costs_at_most(scene: Scene) -> None:
    done = await promptevolver(scene, "doctor", "--run", RUN_FILE)
    assert done.returncode == 0, done.stdout
    assert "FAIL" not in done.stdout
    assert "answers (simulated)" in done.stdout
    assert "at most 1,500 model calls" in done.stdout


async def test_doctor_tells_why_the_model_does_not_answer(scene: Scene) -> None:
    await scene.faults(unauthorized=1)
    done = await promptevolver(scene, "doctor")
    assert done.returncode == FAILED
    assert "FAIL model: bad_credentials" in done.stdout


def wrong_program(folder: Path) -> tuple[list[str], str]:
    path = folder / "wrong.yaml"
    path.write_text(
        "name: wrong\n"
        "components:\n"
        "  instruction: {kind: instruction, text: Sort the ticket.}\n"
        "stages:\n"
        "  - name: sort\n"
        "    mesages:\n"
        "      - {role: user, content: '{{ component.instruction }}'}\n"
    )
    return [str(path), str(EXAMPLE / "data.jsonl")], f"{path}:6: stages.0.mesages: is unknown"


def wrong_data(folder: Path) -> tuple[list[str], str]:
    path = folder / "wrong.jsonl"
    good = {"id": "1", "inputs": {"ticket": "?"}, "expected": {}, "split": "train"}
    bad = good | {"id": "2", "split": "dev"}
    path.write_text(f"{json.dumps(good)}\n{json.dumps(bad)}\n")
    return [str(EXAMPLE / "program.yaml"), str(path)], f"{path}:2: split: has an unknown value"


def missing_file(folder: Path) -> tuple[list[str], str]:
    path = folder / "nowhere.yaml"
    return [str(path), str(EXAMPLE / "data.jsonl")], f"{path}: there is no such file"


@pytest.mark.parametrize("wrong", [wrong_program, wrong_data, missing_file])
async def test_a_wrong_file_is_told_with_its_place_before_anything_is_spent(
    scene: Scene, tmp_path: Path, wrong: object
) -> None:
    assert callable(wrong)
    files, complaint = wrong(tmp_path)
    requests = len(scene.requests())
    newest = await newest_run(scene)
    done = await promptevolver(scene, "optimize", *files)
    assert done.returncode == WRONG_INPUT
    assert complaint in done.stderr
    assert "fix: " in done.stderr
    assert "Traceback" not in done.stderr
    assert len(scene.requests()) == requests
    assert await newest_run(scene) == newest


async def newest_run(scene: Scene) -> str:
    page = (await scene.api.get("/api/v1/history", params={"limit": 1})).json()
    return str(page["data"][0]["run_id"])


async def test_what_the_api_refuses_is_said_in_words(scene: Scene) -> None:
    unknown = await promptevolver(scene, "show", str(uuid4()))
    assert unknown.returncode == FAILED
    assert "there is no run" in unknown.stderr
    strategy = await promptevolver(scene, "optimize", "--run", RUN_FILE, "--strategy", "alchemy")
    assert strategy.returncode == FAILED
    assert "alchemy" in strategy.stderr
    assert "gepa" in strategy.stderr


async def test_an_address_where_nobody_answers_is_told_with_what_to_do(scene: Scene) -> None:
    done = await promptevolver(scene, "runs", url="http://127.0.0.1:9")
    assert done.returncode == FAILED
    assert "make serve" in done.stderr


async def test_ctrl_c_leaves_a_watched_run_running(scene: Scene) -> None:
    await scene.faults(latency_ms=200)
    run = await scene.optimize(f"leave-{uuid4()}", calls=50_000)
    process = await asyncio.create_subprocess_exec(
        *(COMMAND, "--url", scene.stack.gateway_url, "watch", run),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    await asyncio.wait_for(process.stderr.readuntil(b"state: "), 60)
    process.send_signal(2)
    await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 130
    assert (await scene.view(run)).state == "running"
    await scene.control(run, "cancel")
    await wait_until(lambda: ended(scene, run), what="the run ends")


async def ended(scene: Scene, run: str) -> bool:
    return (await scene.view(run)).state == "cancelled"
