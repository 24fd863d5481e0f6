"""What each service's credentials allow, asked of a real server."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js.errors import NotFoundError
from promptevolver_contracts.permissions import ADMIN, SERVICE_USERS, inbox_prefix
from promptevolver_contracts.streams import CONSUMERS, PE
from promptevolver_runtime.permissions import USERS, users
from promptevolver_runtime.provision import provision
from support.nats import NatsServer

pytestmark = pytest.mark.infra

DENIED_S = 0.4
"""The server answers nothing to what it refuses; what is allowed answers in milliseconds."""
ALLOWED_WITHIN_S = 60.0
"""On any machine"""

type Connect = Callable[[str], Awaitable[Client]]


class Guarded(NatsServer):
    """A server whose users are the contracts' own."""

    def configuration(self) -> str:
        return super().configuration() + users({user: f'"{user}"' for user in USERS})


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    folder = Path(tempfile.mkdtemp(prefix="pe-nats-"))
    server = Guarded(folder)
    server.start()
    opened: list[Client] = []

    async def go(user: str) -> Client:
        # Refusals come to the error callback; what matters here is that nothing else comes.
        client = await nats.connect(
            server.url,
            user=user,
            password=user,
            inbox_prefix="_INBOX" if user == ADMIN else inbox_prefix(user),
            error_cb=_unheard,
        )
        opened.append(client)
        return client

    admin = await go(ADMIN)
    await provision(admin.jetstream())
    await admin.jetstream().publish("pe.req.run-1", b"a request", stream=PE.name)
    yield go
    for client in opened:
        await client.close()
    server.kill()
    shutil.rmtree(folder, ignore_errors=True)


async def _unheard(_error: Exception) -> None:
    return


async def refused(
    client: Client, subject: str, body: bytes = b"", within_s: float = DENIED_S
) -> bool:
    """Whether nothing at all comes back: neither an answer nor that nobody is there."""
    inbox = client.new_inbox()
    # Stored messages come on their own subject, which the client's shared inbox would not match.
    answers = await client.subscribe(inbox)
    await client.publish(subject, body, reply=inbox)
    try:
        await answers.next_msg(timeout=within_s)
    except NatsTimeoutError:
        return True
    return False


async def allowed(client: Client, subject: str, body: bytes = b"") -> bool:
    """Whether anything comes back."""
    return not await refused(client, subject, body, ALLOWED_WITHIN_S)


async def answered(client: Client, *questions: tuple[str, bytes]) -> list[str]:
    """Give the subjects that something came back from."""
    silent = await asyncio.gather(*(refused(client, *question) for question in questions))
    return [subject for (subject, _), quiet in zip(questions, silent, strict=True) if not quiet]


READS = (
    ("$JS.API.DIRECT.GET.PE.pe.req.run-1", b""),
    ("$JS.API.STREAM.MSG.GET.PE", b'{"last_by_subj": "pe.req.run-1"}'),
    ("$JS.API.CONSUMER.CREATE.PE", b'{"stream_name": "PE", "config": {"ack_policy": "none"}}'),
    ("$JS.API.CONSUMER.CREATE.PE.spy", b'{"stream_name": "PE", "config": {"name": "spy"}}'),
    ("$JS.API.CONSUMER.MSG.NEXT.PE.optimizer", b"1"),
    ("$JS.API.CONSUMER.MSG.NEXT.PE.history", b"1"),
    ("$JS.API.STREAM.SNAPSHOT.PE", b'{"deliver_subject": "_INBOX_evaluator.x"}'),
)


async def test_an_evaluator_cannot_read_requests(connect: Connect) -> None:
    assert await answered(await connect("evaluator"), *READS) == []


@pytest.mark.parametrize("subject", ["live.pe.req.*", "pe.req.*", "_INBOX.>", "_INBOX_gateway.>"])
async def test_an_evaluator_cannot_overhear_requests(connect: Connect, subject: str) -> None:
    evaluator, admin = await connect("evaluator"), await connect(ADMIN)
    overheard = await evaluator.subscribe(subject)
    await evaluator.flush()

    await admin.jetstream().publish("pe.req.run-2", b"another", stream=PE.name)
    await admin.publish("_INBOX_gateway.x", b"an answer")
    await admin.flush()

    with pytest.raises(NatsTimeoutError):
        await overheard.next_msg(timeout=DENIED_S)


async def test_an_evaluator_cannot_write_facts_or_requests(connect: Connect) -> None:
    evaluator, admin = await connect("evaluator"), await connect(ADMIN)
    subjects = ("pe.log.run-1", "pe.epoch.run-1", "pe.task.std.run-1.s", "pe.req.x", "pe.ctl.run-1")

    assert await answered(evaluator, *((subject, b"a lie") for subject in subjects)) == []
    for subject in subjects:
        with pytest.raises(NotFoundError):
            await admin.jetstream().get_last_msg(PE.name, subject)


FOREIGN_WORK = {
    "gateway": (
        "pe.log.run-1",
        "pe.res.run-1.s",
        "$JS.API.CONSUMER.MSG.NEXT.PE.evaluator-std",
        "$JS.API.DIRECT.GET.KV_LLM.$KV.LLM.key",
    ),
    "history": ("pe.log.run-1", "pe.req.run-1", "$JS.API.CONSUMER.MSG.NEXT.PE.optimizer"),
    "optimizer": ("pe.req.run-1", "pe.ctl.run-1", "pe.res.run-1.s"),
    "evaluator": ("pe.log.run-1", "pe.epoch.run-1", "pe.task.std.run-1.s", "pe.ctl.run-1"),
}


async def test_no_service_does_the_work_of_another(connect: Connect) -> None:
    for user, subjects in FOREIGN_WORK.items():
        client = await connect(user)
        assert await answered(client, *((subject, b"{}") for subject in subjects)) == [], user


async def test_only_the_administrator_changes_the_topology(connect: Connect) -> None:
    changes = (
        "$JS.API.STREAM.DELETE.PE",
        "$JS.API.STREAM.PURGE.PE",
        "$JS.API.STREAM.UPDATE.PE",
        "$JS.API.STREAM.CREATE.MINE",
        *(f"$JS.API.CONSUMER.DELETE.PE.{consumer.name}" for consumer in CONSUMERS),
        "$JS.API.CONSUMER.DURABLE.CREATE.PE.mine",
    )
    for each in SERVICE_USERS:
        client = await connect(each.user)
        assert await answered(client, *((subject, b"{}") for subject in changes)) == [], each.user


async def test_what_a_service_needs_is_allowed(connect: Connect) -> None:
    """The same questions as above, from those who may ask: refusals there are no accident."""
    optimizer, gateway = await connect("optimizer"), await connect("gateway")

    assert await allowed(optimizer, *READS[1])
    assert await allowed(optimizer, *READS[2])
    assert await allowed(optimizer, "$JS.API.CONSUMER.MSG.NEXT.PE.optimizer", b"1")
    assert await allowed(optimizer, "pe.log.run-1", b"a fact")
    assert await allowed(gateway, "pe.req.run-3", b"a request")
    assert await allowed(await connect("evaluator"), "pe.res.run-1.s", b"a result")
    assert await allowed(await connect(ADMIN), "$JS.API.STREAM.PURGE.PE", b"{}")
