"""The Python client and the gate do the product's main job on a whole stack."""

import asyncio
import re
import sys
from pathlib import Path
from uuid import uuid4
from xml.etree import ElementTree as ET

import pytest
from promptevolver_client import AsyncClient, Client, Invalid, NotFound, models
from promptevolver_local.services import EXAMPLE
from support.scene import Scene
from support.stack import triage_body

pytestmark = [pytest.mark.infra, pytest.mark.asyncio(loop_scope="session")]

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "docs" / "how-to" / "use-from-a-notebook.md"
COMMAND = str(Path(sys.executable).parent / "promptevolver")


async def test_a_run_from_start_to_winner_without_blocking(scene: Scene) -> None:
    async with AsyncClient(scene.stack.gateway_url) as client:
        body = models.OptimizeBody.model_validate(triage_body(calls=450, seed=11))
        key = str(uuid4())
        accepted = await client.optimize.create(body, idempotency_key=key)
        again = await client.optimize.create(body, idempotency_key=key)
        assert again.run_id == accepted.run_id
        assert again.answered.replayed
        followed, views = await asyncio.gather(
            heard(client, accepted.run_id), watched(client, accepted.run_id)
        )
        assert followed[-1] == "end"
        assert "candidate.accepted" in followed
        run = views[-1]
        assert run.state == "completed"
        assert run.winner_texts
        pages = [each async for each in client.runs.iterate_outcomes(run.run_id, limit=50)]
        stream = [each async for each in client.runs.stream_outcomes(run.run_id)]
        assert len(pages) == len(stream) > 50
        assert {each.seq for each in pages} == {each.seq for each in stream}
        noted = await client.runs.update(
            run.run_id, models.RunChanges(note="kept"), if_match=run.answered.etag
        )
        assert noted.note == "kept"
        with pytest.raises(NotFound) as missing:
            await client.runs.get(str(uuid4()))
        assert missing.value.trace_id


async def heard(client: AsyncClient, run_id: str) -> list[str]:
    return [event.type async for event in client.runs.events(run_id)]


async def watched(client: AsyncClient, run_id: str) -> list[models.RunDetail]:
    return [run async for run in client.watch(run_id)]


async def test_the_blocking_client_does_the_same(scene: Scene) -> None:
    def work() -> list[models.RunDetail]:
        with Client(scene.stack.gateway_url) as client:
            with pytest.raises(Invalid) as wrong:
                client.optimize.create({"seed": -1})
            assert "/seed" in {fault.pointer for fault in wrong.value.errors}
            accepted = client.optimize.create(triage_body(calls=300, seed=12))
            views = list(client.watch(accepted.run_id))
            assert [event.type for event in client.runs.events(accepted.run_id)][-1] == "end"
            listed = client.runs.list(filter=f"run_id = '{accepted.run_id}'", fields="run_id")
            assert [each.run_id for each in listed.data] == [accepted.run_id]
            return views

    views = await asyncio.to_thread(work)
    assert views[-1].state == "completed"
    assert len(views) > 1


@pytest.mark.timeout(120)
async def test_the_notebooks_cells_run_one_after_another(scene: Scene, tmp_path: Path) -> None:
    cells = re.findall(
        r"^```python\n(.*?)^```", NOTEBOOK.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    assert len(cells) >= 7
    script = tmp_path / "notebook.py"
    script.write_text("\n".join(cells), "utf-8")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    done = await asyncio.create_subprocess_exec(
        *(sys.executable, str(script)),
        cwd=tmp_path,
        env={"PROMPTEVOLVER_URL": scene.stack.gateway_url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, wrong = (each.decode() for each in await asyncio.wait_for(done.communicate(), 100))
    assert done.returncode == 0, wrong
    assert "completed" in said
    assert "candidate_id" in said


async def gate(scene: Scene, folder: Path, *arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(COMMAND, "--url", scene.stack.gateway_url, "gate", *arguments),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, wrong = await asyncio.wait_for(process.communicate(), 100)
    assert process.returncode is not None
    return process.returncode, (said + wrong).decode()


async def test_a_gate_ends_by_the_verdict(scene: Scene, tmp_path: Path) -> None:
    run = await scene.optimize(f"gate-{uuid4()}", calls=700, seed=7)
    passed, said = await gate(scene, tmp_path, run, "--wait", "--junit", "gate.xml")
    view = await scene.view(run)
    codes = {"improved": 0, "regressed": 1, "equivalent": 1}
    assert passed == codes.get(view.verdict or "", 3), said
    assert "[simulated]" in said
    suite = ET.parse(tmp_path / "gate.xml").getroot().find("testsuite")
    assert suite is not None
    assert suite.get("failures") == str(int(passed == 1))
    unmet, _ = await gate(scene, tmp_path, run, "--metric", "fields=1.01")
    assert unmet == 1
    unknown, _ = await gate(scene, tmp_path, str(uuid4()))
    assert unknown == 2


async def test_a_gate_compares_a_program_with_the_version_in_production(
    scene: Scene, tmp_path: Path
) -> None:
    name = f"triage-{uuid4().hex[:8]}"
    async with AsyncClient(scene.stack.gateway_url) as client:
        await client.prompts.create(models.PromptBody(name=name))
        program = triage_body(calls=1, seed=0)["program"]
        version = await client.prompts.create_version(name, {"program": program})
        override = {"reason": "the first one"}
        move = {"version": version.number, "override": override}
        await client.prompts.put_label(name, "production", move)
    job = ("--baseline-prompt", f"{name}@production", "--run", str(EXAMPLE / "run.yaml"))
    kept = (*job, "--require", "not-worse", "--margin", "0.05")
    same, said = await gate(scene, tmp_path, *kept, "--markdown", "g.md")
    assert same == 0, said
    assert "| score | passed |" in (tmp_path / "g.md").read_text()
    better, said = await gate(scene, tmp_path, *job)
    assert better in {1, 3}, said
