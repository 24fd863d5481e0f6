import asyncio
from datetime import UTC, datetime

import asyncpg
import pytest
from promptevolver_contracts.actors import Actor
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.rpc import query
from promptevolver_contracts.webhooks import (
    CREATE_WEBHOOK,
    GET_WEBHOOK,
    UPDATE_WEBHOOK,
    CreateWebhook,
    GetWebhook,
    UpdateWebhook,
    WebhookView,
)
from promptevolver_history import answers as answering
from promptevolver_history.answers import Answer, in_turn
from promptevolver_history.handlers import answers, explained
from promptevolver_history.migrations import migrate
from promptevolver_runtime.rpc import QueryFailed
from support.history import open_database
from support.waiting import wait_until

BY = Actor(id="key:1", name="somebody")


@pytest.mark.infra
async def test_who_waits_for_a_lock_is_told_to_ask_again_and_frees_the_connection(
    migrated_url: str,
) -> None:
    async with open_database(migrated_url, pool_size=2, lock_timeout_s=0.2) as database:
        handlers = {each.query.subject: explained(each.handle) for each in answers(database)}
        await handlers[CREATE_WEBHOOK.subject](
            CreateWebhook(
                project="p", webhook_id="w", url="http://x", events=("*",), secret="s", by=BY
            )
        )
        holder = await asyncpg.connect(migrated_url)
        try:
            async with holder.transaction():
                await holder.execute("select from webhooks where webhook_id = 'w' for update")
                change = UpdateWebhook(project="p", webhook_id="w", active=False, by=BY)
                outcomes = await asyncio.gather(
                    *(handlers[UPDATE_WEBHOOK.subject](change) for _ in range(4)),
                    return_exceptions=True,
                )
                read = await handlers[GET_WEBHOOK.subject](GetWebhook(project="p", webhook_id="w"))
        finally:
            await holder.close()
        changed = await handlers[UPDATE_WEBHOOK.subject](change)

    assert read.active is True
    assert changed.active is False
    for outcome in outcomes:
        assert isinstance(outcome, QueryFailed)
        assert outcome.info.code == ErrorCode.UNAVAILABLE
        assert "somebody else is changing it" in outcome.info.detail
        assert outcome.info.retry_after_s == 1


@pytest.mark.infra
async def test_migrations_wait_for_one_another_longer_than_questions_do(
    database_url: str,
) -> None:
    connection = await asyncpg.connect(database_url, server_settings={"lock_timeout": "50"})
    other = await asyncpg.connect(database_url)
    try:
        async with other.transaction():
            await other.execute("select pg_advisory_xact_lock(7203114582001)")
            migrating = asyncio.create_task(migrate(connection))
            done, _ = await asyncio.wait({migrating}, timeout=0.5)
            assert not done
        assert await migrating
    finally:
        await connection.close()
        await other.close()


ASKED = query("rpc.history.asked", GetWebhook, WebhookView)
QUESTION = GetWebhook(project="p", webhook_id="w")
VIEW = WebhookView(
    webhook_id="w",
    project="p",
    url="http://x",
    events=("*",),
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
    updated_at=datetime(2026, 1, 1, tzinfo=UTC),
)


class Busy:
    """Answers when it is let, and counts who asks meanwhile."""

    def __init__(self) -> None:
        self.now = 0
        self.most = 0
        self.let = asyncio.Event()

    async def handle(self, _question: GetWebhook) -> WebhookView:
        self.now += 1
        self.most = max(self.most, self.now)
        await self.let.wait()
        self.now -= 1
        return VIEW


async def test_heavy_questions_are_answered_a_few_at_a_time_and_light_ones_at_once() -> None:
    busy, light = Busy(), Busy()
    light.let.set()
    slow, quick = in_turn((Answer(ASKED, busy.handle, heavy=True), Answer(ASKED, light.handle)), 3)
    asking = [asyncio.ensure_future(slow.handle(QUESTION)) for _ in range(8)]
    await wait_until(lambda: busy.now == 3, what="as many as may are answered")
    assert await quick.handle(QUESTION) == VIEW
    busy.let.set()
    assert await asyncio.gather(*asking) == [VIEW] * 8
    assert busy.most == 3


async def test_a_heavy_question_that_waits_too_long_is_to_be_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(answering, "_TURN_S", 0.05)
    busy = Busy()
    (slow,) = in_turn((Answer(ASKED, busy.handle, heavy=True),), 1)
    first = asyncio.ensure_future(slow.handle(QUESTION))
    await wait_until(lambda: busy.now == 1, what="the first is being answered")
    with pytest.raises(QueryFailed) as refused:
        await slow.handle(QUESTION)
    assert (refused.value.info.code, refused.value.info.retry_after_s) == ("unavailable", 2)
    busy.let.set()
    assert await first == VIEW
    assert await slow.handle(QUESTION) == VIEW


@pytest.mark.infra
async def test_what_takes_long_is_known_as_heavy(migrated_url: str) -> None:
    async with open_database(migrated_url) as database:
        heavy = {each.query.subject for each in answers(database) if each.heavy}
    assert {subject.removeprefix("rpc.history.") for subject in heavy} >= {
        "compare_runs",
        "compare_slices",
        "compare_examples",
    }
    assert len(heavy) == 7
