import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from typing import Any

import pypdf
import pytest
from promptevolver_contracts import facts
from promptevolver_contracts.ids import CandidateId, RunId
from promptevolver_contracts.programs import ChatMessage, Component, Program, Stage
from promptevolver_contracts.spending import Spend
from support import told_runs
from support.backend import Backend, backend
from support.compared_runs import evaluation, examples, outcomes, project, store_dataset
from support.jobs import asked, file_of, read, work

pytestmark = pytest.mark.infra

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"
VOID = {"meta", "br", "img", "link", "input", "hr"}


class WellFormed(HTMLParser):
    """Reads HTML, and keeps what is in it. Fails for tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: dict[str, list[dict[str, str | None]]] = {}
        self.said = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.setdefault(tag, []).append(dict(attrs))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.setdefault(tag, []).append(dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said += data


@pytest.fixture
async def api(migrated_url: str) -> AsyncIterator[Backend]:
    async with backend(migrated_url) as each:
        yield each


def program(text: str) -> Program:
    system = ChatMessage(role="system", content="{{ component.instruction }}")
    return Program(
        name="triage",
        components={"instruction": Component(text=text)},
        stages=(Stage(name="answer", messages=(system,)),),
    )


async def two_runs(api: Backend, **changes: Any) -> list[dict[str, str]]:
    """Tell two evaluations of which the second is better on most examples."""
    ref = await store_dataset(api.database, examples(40))
    before = {f"e{i:03}": [float(i % 4 == 0)] for i in range(40)}
    after = {f"e{i:03}": [float(i % 8 != 1)] for i in range(40)}
    first = 1
    for run_id, scores, text in (
        ("r-old", before, "Sort the ticket.\nBe brief."),
        ("r-new", after, "Sort the ticket.\nName one category."),
    ):
        named = changes | {"name": changes.get("name", run_id), "program": program(text)}
        found = outcomes(scores, **({"output": changes["name"]} if "name" in changes else {}))
        told = evaluation(run_id, ref, found, **named)
        first = await project(api.database, told, first)
        # What the runs started with; the teller of stories has one text for all of them.
        async with api.database.pool.acquire() as connection:
            texts = json.dumps({"instruction": text})
            query = "update candidates set texts = $2 where run_id = $1"
            await connection.execute(query, run_id, texts)
    return [{"run_id": "r-old"}, {"run_id": "r-new"}]


def real_models() -> dict[str, Any]:
    return {"models": {"task": {"model": "openai/m"}, "reflection": {"model": "openai/m"}}}


async def test_a_comparison_is_told_in_words_numbers_and_charts(api: Backend) -> None:
    runs = await two_runs(api)
    body = {"kind": "comparison", "format": "html", "runs": runs}
    text = (await file_of(api, "reports", body)).decode()
    page = WellFormed(text)

    assert "r-new is better than r-old." in page.said
    assert "from 0.250 to 0.875" in page.said
    assert "+0.625" in page.said
    assert "SIMULATED" in page.said
    assert "McNemar" in page.said
    assert page.tags["h2"]
    assert len(page.tags["svg"]) == 2
    for chart in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        ET.fromstring(chart)
    assert page.tags["del"]
    assert page.tags["ins"]
    assert "- Be brief." in page.said
    assert "+ Name one category." in page.said


async def test_a_report_loads_and_runs_nothing(api: Backend) -> None:
    runs = await two_runs(api, name=HOSTILE)
    for kind, of in (("comparison", runs), ("run", runs[:1])):
        body = {"kind": kind, "format": "html", "runs": of}
        text = (await file_of(api, "reports", body)).decode()
        page = WellFormed(text)
        assert HOSTILE in page.said, "what was said is there as text"
        assert not {"script", "img", "link", "iframe", "object", "base"} & page.tags.keys()
        attributes = [each for tags in page.tags.values() for tag in tags for each in tag.items()]
        assert not [name for name, _ in attributes if name.startswith("on")]
        addresses = {name for name, _ in attributes} & {"src", "href", "xlink:href", "action"}
        assert not addresses
        assert "@import" not in text
        assert "url(" not in text
        assert "DTD" not in text


async def test_a_pdf_holds_the_verdict(api: Backend) -> None:
    runs = await two_runs(api)
    body = {"kind": "comparison", "format": "pdf", "runs": runs}
    content = await file_of(api, "reports", body)
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    said = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert "r-new is better than r-old." in said
    assert "SIMULATED" in said
    assert "Name one category." in said
    assert "page 1" in said


async def test_real_models_are_not_called_simulated(api: Backend) -> None:
    runs = await two_runs(api, **real_models())
    body = {"kind": "comparison", "format": "html", "runs": runs}
    assert b"SIMULATED" not in await file_of(api, "reports", body)


async def test_a_run_is_told_with_its_exam(api: Backend) -> None:
    await api.tell(*told_runs.whole_run("run-1"))
    body = {"kind": "run", "format": "html", "runs": [{"run_id": "run-1"}]}
    page = WellFormed((await file_of(api, "reports", body)).decode())
    assert "The winner is better than the original prompt." in page.said
    assert "from 0.500 to 0.700" in page.said
    assert "SIMULATED" in page.said
    assert "gepa" in page.said
    pdf = await file_of(api, "reports", body | {"format": "pdf"})
    said = pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    assert "The winner is better than the original prompt." in " ".join(said.split())


async def test_a_failed_and_a_waiting_run_can_be_told(api: Backend) -> None:
    teller = told_runs.Teller("waits")
    await api.tell(*list(teller.opening())[:1])
    failed = told_runs.Teller("fails")
    end = failed.fact(facts.RunFailed, code="gave_up", message="the provider is gone")
    await api.tell(*failed.opening(), end, first=100)
    for run, words in (("waits", "The run is queued"), ("fails", "the provider is gone")):
        body = {"kind": "run", "format": "html", "runs": [{"run_id": run}]}
        assert words in (await file_of(api, "reports", body)).decode()


async def test_a_pdf_of_any_script_and_length_can_be_made(api: Backend) -> None:
    long = "<b>&amp;\x07\u2028🙂" + "文字" * 400 + "слово " * 3000 + "w" * 5000
    teller = told_runs.Teller("odd", name="Отчёт <i>", program=program(long))
    start = [
        each if "run.started" not in str(each.body) else teller.fact(
            facts.RunStarted,
            original=CandidateId("c0"),
            texts={"instruction": long},
            strategy="gepa",
            seed=0,
        )
        for each in teller.opening()
    ]  # fmt: skip
    steps = list(teller.step(2, 0.75, accepted=True))
    end = teller.fact(
        facts.RunCompleted,
        winner=CandidateId("c2"),
        texts={"instruction": "x"},
        spend=Spend(),
        reason="done",
    )
    await api.tell(*start, *steps, end)
    body = {"kind": "run", "format": "pdf", "runs": [{"run_id": RunId("odd")}]}
    job = await asked(api, "reports", body)
    assert await work(api) == 1
    done = await read(api, job)
    assert done["state"] == "completed", done["error"]
    assert "the fonts lack" in done["result"]["notes"][0]


async def test_what_is_not_there_is_refused(api: Backend) -> None:
    await api.tell(*told_runs.whole_run("run-1"))
    here, away = {"run_id": "run-1"}, {"run_id": "away"}
    for body, status in (
        ({"kind": "run", "runs": [away]}, 404),
        ({"kind": "comparison", "runs": [here, away]}, 404),
        ({"kind": "comparison", "runs": [here]}, 422),
        ({"kind": "run", "runs": [here, here]}, 422),
        ({"kind": "run", "runs": [here], "format": "exe"}, 422),
    ):
        answer = await api.http.post("/api/v1/reports", json=body)
        assert answer.status_code == status, answer.text
        if away in body["runs"]:
            assert answer.json()["errors"][0]["pointer"] == f"/runs/{body['runs'].index(away)}"
