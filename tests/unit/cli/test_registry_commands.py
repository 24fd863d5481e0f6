"""Datasets, prompts and exports by command, against an API that answers by script."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from promptevolver_cli import running
from promptevolver_cli.main import app
from promptevolver_client import AsyncClient, Retries
from typer.testing import CliRunner, Result

AUTHOR = {"id": "local", "name": "local"}
AT = "2026-01-02T03:04:05Z"
DATASET = {
    "dataset_id": "d-1",
    "project": "default",
    "name": "tickets",
    "description": "",
    "tags": [],
    "draft": {"sizes": {}, "revision": 1, "updated_at": AT, "changed": False},
    "created_at": AT,
    "created_by": "local",
    "updated_at": AT,
    "archived": False,
    "revision": 1,
    "metadata": {},
    "latest": None,
}
VERSION = {
    "dataset_id": "d-1",
    "number": 4,
    "content_id": "c",
    "sizes": {"train": 2, "test": 1},
    "note": "July",
    "created_at": AT,
    "created_by": "local",
}
REPORT = {
    "stored": True,
    "format": "csv",
    "mapping": {},
    "mapping_guessed": True,
    "ignored_columns": [],
    "rows": 3,
    "cut_short": False,
    "refused": 0,
    "added": 3,
    "changed": 0,
    "unchanged": 0,
    "removed": 0,
    "sizes": {},
    "preview": [],
    "error_counts": {},
    "errors": [],
}
PROGRAM = {
    "name": "triage",
    "components": {"instruction": {"text": "Sort.\nBe strict."}},
    "stages": [{"name": "answer", "messages": [{"role": "user", "content": "{{ input.t }}"}]}],
}
PROMPT_VERSION = {
    "prompt_id": "p-1",
    "number": 3,
    "candidate_id": "c",
    "program_hash": "h",
    "created_at": AT,
    "created_by": AUTHOR,
    "program": PROGRAM,
}
LABEL = {
    "prompt_id": "p-1",
    "name": "triage",
    "label": "production",
    "version": 3,
    "revision": 1,
    "moved_at": AT,
    "moved_by": AUTHOR,
}
JOB = {
    "job_id": "j-1",
    "project": "default",
    "kind": "export",
    "state": "completed",
    "request": {"kind": "export", "resource": "runs", "format": "csv"},
    "done": 2,
    "created_by": AUTHOR,
    "created_at": AT,
    "expires_at": AT,
}

type Call = Callable[..., Result]


class Api(dict[str, Any]):
    """Answers by method and path; keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, bytes] = {}
        self.missing: str | None = None
        """What it says of all that it has not; else which one it is"""

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        key = f"{request.method} {request.url.path.removeprefix('/api/v1')}"
        self.sent[key] = await request.aread()
        if key not in self:
            detail = self.missing or f"no {key}"
            return httpx.Response(404, json={"code": "not_found", "detail": detail})
        if isinstance(self[key], bytes):
            return httpx.Response(200, content=self[key])
        return httpx.Response(200, json=self[key])


def listed(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"data": list(entries), "page": {"next_cursor": None, "limit": 50}}


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def call(api: Api, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    client = partial(AsyncClient, transport=httpx.MockTransport(api), retries=Retries(attempts=1))
    monkeypatch.setattr(running, "AsyncClient", client)
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tickets.csv").write_text("ticket,expected\na,b\n")

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments))

    return invoke


def test_a_file_becomes_a_version_of_a_new_dataset(call: Call, api: Api) -> None:
    api |= {
        "GET /datasets": listed(),
        "POST /datasets": DATASET,
        "POST /datasets/d-1/uploads": REPORT,
        "POST /datasets/d-1/versions": VERSION,
    }
    result = call("datasets", "upload", "tickets.csv", "--commit", "--note", "July")
    assert result.exit_code == 0, result.output
    assert json.loads(api.sent["POST /datasets"]) == {"name": "tickets"}
    assert api.sent["POST /datasets/d-1/uploads"] == b"ticket,expected\na,b\n"
    assert json.loads(api.sent["POST /datasets/d-1/versions"]) == {"note": "July"}
    assert "d-1 version 4: 2 train, 1 test" in result.stdout


def test_rows_that_are_refused_are_told_and_fail_the_command(call: Call, api: Api) -> None:
    fault = {"row": 2, "code": "missing_value", "message": "ticket is empty"}
    api |= {
        "GET /datasets": listed(DATASET),
        "POST /datasets/d-1/uploads": REPORT | {"stored": False, "refused": 1, "errors": [fault]},
    }
    result = call("datasets", "upload", "tickets.csv", "--commit")
    assert result.exit_code == running.FAILED
    assert "row 2: ticket is empty" in result.stderr
    assert "POST /datasets/d-1/versions" not in api.sent


@pytest.mark.parametrize("name", ["nowhere.csv", "tickets.docx"])
def test_what_is_no_data_file_is_not_sent(call: Call, api: Api, tmp_path: Path, name: str) -> None:
    (tmp_path / "tickets.docx").write_text("x")
    assert call("datasets", "upload", name).exit_code == running.WRONG_INPUT
    assert api.sent == {}


def test_datasets_and_prompts_are_listed(call: Call, api: Api) -> None:
    api["GET /datasets"] = listed(DATASET | {"latest": VERSION})
    prompt = {
        "prompt_id": "p-1",
        "project": "default",
        "name": "triage",
        "revision": 1,
        "labels": {"production": 3},
        "latest": 5,
        "created_at": AT,
        "created_by": AUTHOR,
        "updated_at": AT,
    }
    api["GET /prompts"] = listed(prompt)
    assert "tickets" in call("datasets", "list").stdout
    assert "production 3" in call("prompts", "list").stdout


def test_a_winner_is_promoted_and_rolled_back(call: Call, api: Api) -> None:
    promoted = {"version": PROMPT_VERSION, "created": True, "label": LABEL}
    api["POST /prompts/triage/promote"] = promoted
    api["POST /prompts/triage/rollback"] = LABEL | {"version": 2}
    assert "triage@production is version 3" in call("prompts", "promote", "triage", "r-1").stdout
    assert json.loads(api.sent["POST /prompts/triage/promote"])["run_id"] == "r-1"
    assert "triage@production is version 2" in call("prompts", "rollback", "triage").stdout


def test_a_pulled_prompt_is_a_program_file(call: Call, api: Api) -> None:
    api["GET /prompts/triage/labels/production"] = {"label": LABEL, "version": PROMPT_VERSION}
    result = call("prompts", "pull", "triage")
    assert call("prompts", "pull", "triage@production").stdout == result.stdout
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("name: triage\n")
    assert "text: |-" in result.stdout


def test_a_label_that_there_is_not_is_told_as_the_api_tells_it(call: Call, api: Api) -> None:
    api.missing = "prompt triage has no label 'prodution'; it has 'production', 'latest'"
    result = call("prompts", "pull", "triage@prodution")
    assert (result.exit_code, result.stdout) == (running.FAILED, "")
    assert api.missing in result.stderr


def test_a_table_is_exported_to_a_file(call: Call, api: Api, tmp_path: Path) -> None:
    api |= {"POST /exports": JOB, "GET /jobs/j-1": JOB, "GET /jobs/j-1/file": b"a,b\n1,2\n"}
    result = call("export-table", "runs", "runs.csv", "--filter", "state = 'completed'")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "runs.csv").read_bytes() == b"a,b\n1,2\n"
    assert json.loads(api.sent["POST /exports"])["filter"] == "state = 'completed'"


def test_an_export_that_failed_says_why(call: Call, api: Api, tmp_path: Path) -> None:
    error = {"code": "too_large", "detail": "more rows than a sheet has"}
    failed = JOB | {"state": "failed", "error": error}
    api |= {"POST /exports": JOB, "GET /jobs/j-1": failed}
    result = call("export-table", "runs", "runs.xlsx", "--format", "xlsx")
    assert result.exit_code == running.FAILED
    assert "more rows than a sheet has" in result.stderr
    assert not (tmp_path / "runs.xlsx").exists()
