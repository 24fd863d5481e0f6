"""Runs are mirrored to a real MLflow server; its absence touches nothing else."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from nats.js import JetStreamContext
from promptevolver_contracts import headers as h
from promptevolver_contracts.queries import GetRun
from promptevolver_history.app import App
from promptevolver_history.database import Database
from promptevolver_history.metrics import MIRRORED
from promptevolver_history.mirrors.copies import Copy
from promptevolver_history.mirrors.library import open_tracking
from promptevolver_history.mirrors.mirror import Mirror
from promptevolver_history.mirrors.points import Point
from promptevolver_history.mirrors.templates import Prompt
from promptevolver_history.reader import RunReader
from promptevolver_history.settings import Settings
from promptevolver_history.store import Store
from pydantic import SecretStr
from support.history import events_of, open_database
from support.mlflow_server import MlflowServer
from support.told_runs import START, Told, whole_run
from support.waiting import wait_until

if TYPE_CHECKING:
    from mlflow.entities import Run

pytestmark = [pytest.mark.infra, pytest.mark.timeout(300)]

WITHIN = 90
"""MLflow's client alone takes seconds to import."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    server = MlflowServer(tmp_path_factory.mktemp("mlflow"))
    try:
        server.start()
        yield server
    finally:
        server.kill()


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[Database]:
    async with open_database(migrated_url) as database:
        assert await Store(database).stream_epoch(START) == 1
        yield database


@pytest.fixture
def prefix() -> str:
    """Experiments of a test's own on the server that all tests share."""
    return f"test-{uuid4().hex[:8]}"


@asynccontextmanager
async def mirroring(database: Database, url: str, prefix: str) -> AsyncIterator[Mirror]:
    """Run a mirror that waits for less than it would in earnest."""
    mirror = Mirror(database, url, prefix)
    mirror._every_s = 0.0
    mirror._longest_pause_s = 0.5
    working = asyncio.create_task(mirror.run())
    try:
        yield mirror
    finally:
        assert not working.done(), "the mirror ended by itself"
        working.cancel()
        await asyncio.wait({working})


async def tell(database: Database, told: list[Told], first: int = 1) -> None:
    await Store(database, mirrored=True).apply(1, events_of(told, first))


async def up_to_date(database: Database) -> None:
    async def none_waits() -> bool:
        async with database.session() as session:
            return bool(await session.value("count_mirrors") == 0)

    await wait_until(none_waits, what="all runs are mirrored", within=WITHIN)


def mirrored(server: MlflowServer, prefix: str) -> "list[Run]":
    client = server.client()
    experiment = client.get_experiment_by_name(f"{prefix}/default")
    assert experiment is not None
    return list(client.search_runs([experiment.experiment_id]))


def versions(server: MlflowServer, run_id: str) -> int:
    asked = f"tags.`promptevolver.run_id` = '{run_id}' and tags.`mlflow.prompt.is_prompt` = 'true'"
    return len(server.client().search_model_versions(asked))


def course(server: MlflowServer, run: "Run", key: str) -> list[float]:
    history = server.client().get_metric_history(run.info.run_id, key)
    return [each.value for each in sorted(history, key=lambda each: each.timestamp)]


async def test_a_run_is_mirrored_as_it_goes_and_whole_at_its_end(
    server: MlflowServer, database: Database, prefix: str, tmp_path: Path
) -> None:
    run_id = str(uuid4())
    told = whole_run(run_id)
    async with mirroring(database, server.url, prefix):
        await tell(database, told[:-1])
        await up_to_date(database)
        [run] = mirrored(server, prefix)
        assert run.info.status == "RUNNING"
        assert run.data.metrics["best_mean"] == 0.54
        await tell(database, told, 1)
        await up_to_date(database)
    [run] = mirrored(server, prefix)
    assert run.info.status == "FINISHED"
    assert run.info.run_name == f"run {run_id}"
    assert run.info.start_time == int(START.timestamp() * 1000) + 1000
    assert run.data.params["strategy"] == "gepa"
    assert run.data.params["dataset.id"] == "d" * 64
    assert run.data.tags["promptevolver.verdict"] == "improved"
    assert run.data.tags["promptevolver.simulated"] == "true"
    assert course(server, run, "candidate_mean") == [0.5, 0.51, 0.52, 0.53, 0.54]
    assert course(server, run, "best_mean") == [0.5, 0.52, 0.54]
    assert course(server, run, "accepted") == [1, 2]
    assert course(server, run, "spend/calls") == [9]
    client = server.client()
    paths = {each.path for each in client.list_artifacts(run.info.run_id)}
    assert paths == {"program.json", "messages.txt", "comparison.json"}
    messages = client.download_artifacts(run.info.run_id, "messages.txt", str(tmp_path))
    assert "The winning text." in await asyncio.to_thread(Path(messages).read_text)
    assert versions(server, run_id) == 1
    found = client.search_prompts("name = 'promptevolver.default.triage'")
    assert [prompt.name for prompt in found] == ["promptevolver.default.triage"]
    newest = client.load_prompt("promptevolver.default.triage")
    assert newest.template == [{"role": "system", "content": "The winning text."}]


async def test_the_service_mirrors_to_the_address_that_it_is_given(
    server: MlflowServer, migrated_url: str, nats_url: str, js: JetStreamContext, prefix: str
) -> None:
    run_id = str(uuid4())
    settings = {"mlflow_tracking_uri": f"{server.url}/", "mlflow_experiment_prefix": prefix}
    app = App(
        Settings.model_validate(
            {"nats_url": nats_url, "database_url": SecretStr(migrated_url), **settings}
        )
    )
    await app.start()
    try:
        for each in whole_run(run_id, 1):
            headers = {h.MSG_ID: each.msg_id, **each.headers}
            await js.publish(each.subject, each.body, headers=headers)
        client = server.client()
        asked = f"tags.`promptevolver.run_id` = '{run_id}'"

        def finished() -> bool:
            experiment = client.get_experiment_by_name(f"{prefix}/default")
            runs = client.search_runs([experiment.experiment_id], asked) if experiment else []
            return [run.info.status for run in runs] == ["FINISHED"]

        await wait_until(
            lambda: asyncio.to_thread(finished), what="the run is mirrored", within=WITHIN
        )
    finally:
        await app.stop()


async def test_what_mlflow_lost_is_looked_for_and_made_again(
    server: MlflowServer, database: Database, prefix: str
) -> None:
    run_id = str(uuid4())
    async with mirroring(database, server.url, prefix):
        await tell(database, whole_run(run_id, 1))
        await up_to_date(database)
        async with database.pool.acquire() as connection:
            await connection.execute(
                "update mirrors set mlflow_run_id = $1, wanted = wanted + 1", "f" * 32
            )
        await up_to_date(database)
    [run] = mirrored(server, prefix)
    async with database.pool.acquire() as connection:
        assert await connection.fetchval("select mlflow_run_id from mirrors") == run.info.run_id


async def test_replicas_and_a_kill_before_the_end_of_an_attempt_make_nothing_twice(
    server: MlflowServer, database: Database, prefix: str
) -> None:
    runs = [str(uuid4()) for _ in range(3)]
    async with (
        mirroring(database, server.url, prefix),
        mirroring(database, server.url, prefix),
    ):
        for n, run_id in enumerate(runs):
            await tell(database, whole_run(run_id, 1), 1 + 100 * n)
        await up_to_date(database)
        # As if whoever had copied them had been killed before it could say so.
        async with database.pool.acquire() as connection:
            await connection.execute(
                "update mirrors set mlflow_run_id = null, mirrored = 0, mirrored_seq = 0"
            )
        await up_to_date(database)
    found = mirrored(server, prefix)
    assert sorted(run.data.tags["promptevolver.run_id"] for run in found) == sorted(runs)
    assert [versions(server, run_id) for run_id in runs] == [1, 1, 1]
    assert [course(server, run, "candidate_mean") for run in found] == [[0.5, 0.51]] * 3


class Killed(Exception):
    """Stands for the end of the process."""


class Dying:
    """MLflow's client, which dies as soon as so many of its requests have taken effect."""

    def __init__(self, client: Any, requests: int) -> None:
        self._client = client
        self._left = requests

    def __getattr__(self, name: str) -> Any:
        def ask(*args: Any, **named: Any) -> Any:
            answer = getattr(self._client, name)(*args, **named)
            self._left -= 1
            if self._left == 0:
                raise Killed
            return answer

        return ask


def copy_of_a_run(experiment: str) -> Copy:
    run_id = str(uuid4())
    prompt = Prompt(
        name=f"promptevolver.kill.{run_id[:8]}",
        messages=({"role": "user", "content": "{{ ticket }}"},),
        output_schema={"type": "object"},
        message="",
        tags={"promptevolver.run_id": run_id},
    )
    return Copy(
        run_id=run_id,
        experiment=f"{experiment}/default",
        name="killed",
        status="FINISHED",
        started_ms=1,
        ended_ms=2,
        params={"seed": "0"},
        tags={"promptevolver.run_id": run_id},
        points=(Point("best_mean", 0.5, 1, 0), Point("best_mean", 0.7, 2, 1)),
        artifacts={"messages.txt": "text"},
        prompts=(prompt,),
    )


def test_a_death_after_any_request_makes_nothing_twice(
    server: MlflowServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracking = open_tracking(server.url)
    for requests in count(1):
        prefix = f"test-{uuid4().hex[:8]}"
        copy = copy_of_a_run(prefix)
        dying = open_tracking(server.url)
        monkeypatch.setattr(dying, "_client", Dying(server.client(), requests))
        try:
            dying.mirror(copy, None)
        except Killed:
            tracking.mirror(copy, None)
        else:
            break
        [run] = mirrored(server, prefix)
        assert run.info.status == "FINISHED"
        assert course(server, run, "best_mean") == [0.5, 0.7]
        assert versions(server, copy.run_id) == 1
    assert requests > 10


async def test_an_outage_touches_no_run_and_is_caught_up_with(
    server: MlflowServer, database: Database, prefix: str
) -> None:
    run_id = str(uuid4())
    told = whole_run(run_id)
    half = len(told) // 2
    failed = MIRRORED.labels("failed")._value.get()
    async with mirroring(database, server.url, prefix):
        await tell(database, told[:half])
        await up_to_date(database)
        server.kill()
        try:
            await tell(database, told[half:], 1 + half)
            view = await RunReader(database).get_run(GetRun(run_id=run_id))
            assert view.state == "completed"
            await wait_until(
                lambda: MIRRORED.labels("failed")._value.get() > failed + 1,
                what="attempts are counted",
                within=WITHIN,
            )
        finally:
            await asyncio.to_thread(server.start)
        await up_to_date(database)
    [run] = mirrored(server, prefix)
    assert run.info.status == "FINISHED"
    assert course(server, run, "candidate_mean") == [0.5, 0.51, 0.52, 0.53, 0.54]
    assert course(server, run, "best_mean") == [0.5, 0.52, 0.54]
    assert versions(server, run_id) == 1


async def test_an_address_where_nothing_listens_only_counts_failures(
    database: Database, prefix: str
) -> None:
    run_id = str(uuid4())
    failed = MIRRORED.labels("failed")._value.get()
    async with mirroring(database, "http://127.0.0.1:1", prefix):
        await tell(database, whole_run(run_id, 1))
        await wait_until(
            lambda: MIRRORED.labels("failed")._value.get() > failed,
            what="the failure is counted",
            within=WITHIN,
        )
    async with database.pool.acquire() as connection:
        error = await connection.fetchval("select error from mirrors where run_id = $1", run_id)
    assert "127.0.0.1" in error


async def test_what_is_projected_again_is_not_mirrored_again(database: Database) -> None:
    told = events_of(whole_run(str(uuid4()), 1))
    store = Store(database, mirrored=True)
    await store.apply(1, told)
    async with database.pool.acquire() as connection:
        await connection.execute("update mirrors set mirrored = wanted")
    await store.clear()
    await store.apply(1, told, again=True)
    async with database.session() as session:
        assert await session.value("count_mirrors") == 0
