"""The service on a real broker and a real database."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from promptevolver_contracts import headers as h
from promptevolver_contracts import subjects
from promptevolver_contracts.controls import Control
from promptevolver_contracts.datasets import Example, dataset_ref
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.ids import RunId
from promptevolver_contracts.queries import GetDataset, GetProjection, GetRun, PutExamples, RunView
from promptevolver_contracts.spending import Spend
from promptevolver_contracts.streams import HISTORY
from promptevolver_history.app import App
from promptevolver_history.imports.live import requested_in
from promptevolver_history.projector import Projector
from promptevolver_history.rebuild import Irreplaceable, rebuild
from promptevolver_history.settings import Settings
from promptevolver_history.store import Store
from promptevolver_runtime.connection import Connection, connect
from promptevolver_runtime.provision import Drift, consumer_config, provision
from promptevolver_runtime.publishing import Publisher
from promptevolver_runtime.rpc import QueryFailed, ask
from promptevolver_runtime.settings import ServiceSettings
from pydantic import SecretStr
from support import told_runs
from support.history import contents, open_database
from support.nats import NatsServer
from support.told_runs import Told, whole_run
from support.waiting import wait_until

pytestmark = pytest.mark.infra


def settings(nats_url: str, database_url: str, **more: Any) -> Settings:
    url = SecretStr(database_url)
    return Settings(nats_url=nats_url, database_url=url, batch_wait_s=0.05, **more)


@asynccontextmanager
async def running(chosen: Settings) -> AsyncIterator[App]:
    app = App(chosen)
    await app.start()
    try:
        yield app
    finally:
        await app.stop()


async def publish(js: JetStreamContext, told: Sequence[Told]) -> None:
    for each in told:
        headers = {h.MSG_ID: each.msg_id, **each.headers}
        await js.publish(each.subject, each.body, headers=headers)


async def count(url: str, table: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        found: int = await connection.fetchval(f"select count(*) from {table}")
    finally:
        await connection.close()
    return found


async def caught_up(js: JetStreamContext) -> bool:
    info = await js.consumer_info(HISTORY.stream, HISTORY.name)
    return (info.num_pending, info.num_ack_pending) == (0, 0)


async def served(nc: Connection, run_id: str) -> RunView | None:
    try:
        return await ask(nc, subjects.GET_RUN, GetRun(run_id=run_id), timeout=5)
    except QueryFailed:
        return None


async def test_a_run_is_projected_by_two_replicas_and_answered(
    nats_url: str, migrated_url: str, nc: Connection, js: JetStreamContext
) -> None:
    told = [each for n in range(5) for each in whole_run(f"r{n}")]
    chosen = settings(nats_url, migrated_url, batch_size=20)
    async with running(chosen), running(chosen):
        await publish(js, told)
        await wait_until(lambda: caught_up(js), what="everything is projected")

        views = [await ask(nc, subjects.GET_RUN, GetRun(run_id=f"r{n}")) for n in range(5)]
        status = await ask(nc, subjects.GET_PROJECTION, GetProjection())

    assert await count(migrated_url, "events") == len(told) == status.events
    assert {(view.state, view.outcomes, view.spend.calls) for view in views} == {
        ("completed", 10, 14)
    }


async def test_it_stops_also_while_the_broker_is_away(
    nats_server: NatsServer, migrated_url: str
) -> None:
    nc = await connect(ServiceSettings(nats_url=nats_server.url), "test")
    await provision(nc.jetstream())
    async with asyncio.timeout(60), running(settings(nats_server.url, migrated_url)):
        await wait_until(lambda: served_status(nc), what="it answers")
        nats_server.kill()
        await wait_until(lambda: not nc.is_connected, what="the broker is gone")
    assert not await sessions(migrated_url)
    await nc.close()
    nats_server.start()


async def served_status(nc: Connection) -> bool:
    try:
        await ask(nc, subjects.GET_PROJECTION, GetProjection(), timeout=1)
    except QueryFailed:
        return False
    return True


async def sessions(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        found: int = await connection.fetchval(
            "select count(*) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
            " and backend_type = 'client backend'"
        )
    finally:
        await connection.close()
    return found


async def test_the_stream_tells_which_runs_were_asked_for(
    nc: Connection, js: JetStreamContext
) -> None:
    requested = requested_in(js)
    await publish(js, whole_run("r1"))
    assert await requested(RunId("r1"))
    assert not await requested(RunId("r2"))
    await nc.close()
    with pytest.raises(QueryFailed) as unknown:
        await requested(RunId("r1"))
    assert unknown.value.info.code == ErrorCode.UNAVAILABLE


async def test_a_database_that_comes_late_is_migrated_and_filled(
    nats_url: str, database_url: str, nc: Connection, js: JetStreamContext
) -> None:
    connection = await asyncpg.connect(database_url)
    name = await connection.fetchval("select current_database()")
    await connection.close()
    absent = database_url.replace(name, f"{name}_late")
    await publish(js, whole_run("r1"))
    async with running(settings(nats_url, absent)):
        assert await served(nc, "r1") is None
        connection = await asyncpg.connect(database_url)
        await connection.execute(f"create database {name}_late")
        view = await wait_until(lambda: served(nc, "r1"), what="the run is answered")
        await wait_until(lambda: caught_up(js), what="everything is projected")
    await connection.execute(f"drop database {name}_late with (force)")
    await connection.close()
    assert view.run_id == "r1"


async def test_datasets_are_stored_and_errors_explained_over_the_wire(
    nats_url: str, migrated_url: str, nc: Connection
) -> None:
    examples = (Example(id="a", inputs={}, split="train"),)
    ref = dataset_ref("one", list(examples))
    page = PutExamples(dataset=ref, offset=0, examples=examples, last=True)
    odd = (Example(id="a\0", inputs={}, split="train"),)
    unstorable = page.model_copy(update={"dataset": dataset_ref("odd", list(odd)), "examples": odd})
    async with running(settings(nats_url, migrated_url)):
        answered = await wait_until(lambda: status_of(nc), what="history answers")
        assert answered.events == 0
        assert (await ask(nc, subjects.PUT_EXAMPLES, page)).complete
        assert await ask(nc, subjects.GET_DATASET, GetDataset(dataset_id=ref.id)) == ref
        with pytest.raises(QueryFailed) as unknown:
            await ask(nc, subjects.GET_RUN, GetRun(run_id="nobody"))
        with pytest.raises(QueryFailed) as refused:
            await ask(nc, subjects.PUT_EXAMPLES, unstorable)
    assert unknown.value.info.code == ErrorCode.NOT_FOUND
    assert refused.value.info.code == ErrorCode.INVALID_REQUEST


async def status_of(nc: Connection) -> Any:
    try:
        return await ask(nc, subjects.GET_PROJECTION, GetProjection(), timeout=5)
    except QueryFailed:
        return None


async def test_unreadable_and_unstorable_messages_become_dead_letters_and_block_nothing(
    nats_url: str, migrated_url: str, js: JetStreamContext
) -> None:
    huge = (told_runs.outcome("e0", repeat=2**40),)
    bad = [
        Told("pe.log.r1", b"no json", "bad-1"),
        told_runs.result("r1", "s-huge", "c0", outcomes=huge),
        Told("pe.res.r1.s-other", told_runs.result("r1", "s", "c0").body, "bad-3"),
    ]
    told = whole_run("r1")
    await publish(js, [*told[:5], *bad, *told[5:]])
    dead = await js.subscribe("pe.dlq.>", ordered_consumer=True)
    async with running(settings(nats_url, migrated_url)):
        await wait_until(lambda: caught_up(js), what="everything is projected")

    letters = [await dead.next_msg(timeout=60) for _ in bad]
    assert await count(migrated_url, "events") == len(told)
    by_subject = {letter.subject: letter for letter in letters}
    assert set(by_subject) == {f"pe.dlq.{each.subject}" for each in bad}
    for each in bad:
        letter = by_subject[f"pe.dlq.{each.subject}"]
        assert letter.data == each.body
        assert letter.headers is not None
        assert letter.headers[h.DEAD_SUBJECT] == each.subject
        assert letter.headers[h.DEAD_CONSUMER] == "history"
        assert int(letter.headers[h.DEAD_SEQUENCE]) in (6, 7, 8)
        assert letter.headers[h.DEAD_REASON]


async def test_a_lost_consumer_ends_the_service(
    nats_url: str, migrated_url: str, js: JetStreamContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("promptevolver_history.app._WATCH_S", 0.05)
    async with running(settings(nats_url, migrated_url)) as app:
        await wait_until(lambda: ready(app), what="the service is ready")
        await js.delete_consumer(HISTORY.stream, HISTORY.name)
        with pytest.raises(Drift, match="gone"):
            await asyncio.wait_for(app.finished(), 60)


async def ready(app: App) -> bool:
    return all((await app.health.results()).values())


async def test_an_outage_of_the_database_is_waited_out(
    nats_url: str, migrated_url: str, js: JetStreamContext, postgres_server: str
) -> None:
    """Connections are refused and cut, as while the server restarts."""
    name = urlsplit(migrated_url).path.strip("/")
    admin = await asyncpg.connect(postgres_server)
    async with running(settings(nats_url, migrated_url)) as app:
        await wait_until(lambda: ready(app), what="the service is ready")
        await publish(js, whole_run("r1"))
        await admin.execute(f"alter database {name} allow_connections false")
        await admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name
        )
        await publish(js, whole_run("r2"))
        await wait_until(lambda: unready(app), what="the service says that it is not ready")
        await admin.execute(f"alter database {name} allow_connections true")
        await wait_until(lambda: caught_up(js), what="everything is projected")
    await admin.close()

    assert await count(migrated_url, "events") == len(whole_run("r1")) * 2


async def unready(app: App) -> bool:
    return not await ready(app)


async def test_redelivered_messages_are_counted_once_and_order_does_not_matter(
    nats_url: str, migrated_url: str, js: JetStreamContext
) -> None:
    """Batches whose acknowledgements are lost come again, to whoever asks."""
    told = [each for n in range(3) for each in whole_run(f"r{n}")]
    await publish(js, told)
    await js.delete_consumer(HISTORY.stream, HISTORY.name)
    impatient = await add_consumer(js, ack_wait=0.2)
    async with open_database(migrated_url) as database:
        store = Store(database)
        projector = Projector(js, store, HISTORY, Publisher(js, "history"))
        deliveries = 0
        losses = 4
        subscription = await js.pull_subscribe_bind(consumer=impatient, stream=HISTORY.stream)
        while not await caught_up(js):
            try:
                messages = await subscription.fetch(25, timeout=0.5)
            except NatsTimeoutError:
                continue
            deliveries += len(messages)
            if losses:
                losses -= 1
                await projector.project([Deaf.of(message) for message in messages])
            else:
                await projector.project(messages)
        await subscription.unsubscribe()
        found = await contents(migrated_url)
        assert deliveries > len(told)
        assert await count(migrated_url, "events") == len(told)

        assert await rebuild(js, store, HISTORY, batch_size=10) == len(told)

    assert await contents(migrated_url) == found


class Deaf(Msg):
    """A message whose acknowledgement is lost."""

    @classmethod
    def of(cls, message: Msg) -> "Deaf":
        return cls(message._client, message.subject, message.reply, message.data, message.headers)

    async def ack(self) -> None:
        """Say nothing."""


async def add_consumer(js: JetStreamContext, ack_wait: float) -> str:
    config = consumer_config(HISTORY)
    config.ack_wait = ack_wait
    await js.add_consumer(HISTORY.stream, config)
    return HISTORY.name


async def test_rebuilding_keeps_datasets_and_gives_identical_read_models(
    nats_url: str, migrated_url: str, nc: Connection, js: JetStreamContext
) -> None:
    examples = (Example(id="a", inputs={}, split="train"),)
    ref = dataset_ref("one", list(examples))
    page = PutExamples(dataset=ref, offset=0, examples=examples, last=True)
    async with running(settings(nats_url, migrated_url)):
        await wait_until(lambda: status_of(nc), what="history answers")
        await ask(nc, subjects.PUT_EXAMPLES, page)
        await publish(js, [each for n in range(3) for each in whole_run(f"r{n}")])
        await wait_until(lambda: caught_up(js), what="everything is projected")
        before = await contents(migrated_url)
        async with open_database(migrated_url) as database:
            await rebuild(js, Store(database), HISTORY)
        assert await ask(nc, subjects.GET_DATASET, GetDataset(dataset_id=ref.id)) == ref

    assert await contents(migrated_url) == before


async def test_rebuilding_fills_in_what_answers_are_worth(
    nats_url: str, migrated_url: str, js: JetStreamContext
) -> None:
    worth = Spend(calls=1, prompt_tokens=10, usd=0.0001)
    cached = told_runs.outcome("e0", spend=Spend(cached_calls=1), worth=worth)
    async with running(settings(nats_url, migrated_url)):
        shard = told_runs.result("r1", "s0", "c0", outcomes=(cached,))
        await publish(js, [*whole_run("r1"), shard])
        await wait_until(lambda: caught_up(js), what="everything is projected")
    found = await contents(migrated_url)
    connection = await asyncpg.connect(migrated_url)
    await connection.execute("""
        update outcomes set worth_calls = null, worth_prompt_tokens = null,
            worth_completion_tokens = null, worth_unpriced_calls = null, worth_usd = null;
        insert into comparisons values ('id', 'p', 'runs', '{}', '{1}', '2', 1, '', '{}', now());
    """)
    await connection.close()
    assert await contents(migrated_url) != found

    async with open_database(migrated_url) as database:
        await rebuild(js, Store(database), HISTORY)

    assert await contents(migrated_url) == found
    # It was made of what the outcomes said before.
    assert await count(migrated_url, "comparisons") == 0


async def test_nothing_is_dropped_that_the_stream_cannot_give_again(
    nats_url: str, migrated_url: str, js: JetStreamContext
) -> None:
    async with running(settings(nats_url, migrated_url)):
        await publish(js, whole_run("r1"))
        await wait_until(lambda: caught_up(js), what="everything is projected")
    await js.delete_stream(HISTORY.stream)
    await provision(js)
    before = await contents(migrated_url)

    async with open_database(migrated_url) as database:
        with pytest.raises(Irreplaceable):
            await rebuild(js, Store(database), HISTORY)

    assert await contents(migrated_url) == before


@pytest.mark.timeout(300)
async def test_a_trickle_of_messages_is_never_left_waiting_for_redelivery(
    nc: Connection, js: JetStreamContext, nats_url: str, migrated_url: str
) -> None:
    """Batches that are nearly over when a message comes are where fetching loses its way."""
    async with running(settings(nats_url, migrated_url)):
        for number in range(4000):
            control = Control(
                id=str(number), run_id=RunId("trickle"), op="pause", at=datetime.now(UTC)
            )
            subject = subjects.CONTROLS.of(run="trickle")
            await js.publish(subject, subjects.CONTROLS.encode(control))
        await wait_until(lambda: caught_up(js), what="everything is projected")
        info = await js.consumer_info(HISTORY.stream, HISTORY.name)
        assert info.delivered is not None
        assert info.delivered.consumer_seq == 4000


async def test_projecting_and_answering_may_be_apart(
    nats_url: str, migrated_url: str, nc: Connection, js: JetStreamContext
) -> None:
    await publish(js, whole_run("run-1"))

    async def events() -> int | None:
        try:
            return (await ask(nc, subjects.GET_PROJECTION, GetProjection(), timeout=5)).events
        except QueryFailed:
            return None

    async def answered() -> bool:
        return await events() is not None

    async def projected() -> bool:
        return bool(await events())

    async with running(settings(nats_url, migrated_url, history_roles="answer,work")) as app:
        await wait_until(answered, what="queries are answered")
        assert app._projector is None
        async with running(settings(nats_url, migrated_url, history_roles="project")):
            await wait_until(projected, what="the other process projects")
    async with running(settings(nats_url, migrated_url, history_roles="project")):
        assert not await answered()
