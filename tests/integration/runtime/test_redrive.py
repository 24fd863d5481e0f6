"""Dead letters go on their way again once their handler is mended."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from promptevolver_contracts import headers as h
from promptevolver_contracts.streams import DEAD_LETTER, OPTIMIZER
from promptevolver_runtime.connection import Connection
from promptevolver_runtime.dispositions import Dead
from promptevolver_runtime.redrive import DeadLetter, NotRedriven, dead_letters, redrive
from promptevolver_runtime.worker import Handler, PullWorker
from support.waiting import wait_until

pytestmark = pytest.mark.infra

SUBJECT = "pe.req.one"
BODY = b"what nobody can read yet"


async def broken(_message: Msg) -> None:
    raise Dead("unreadable: no version 2 here")


class Mended:
    def __init__(self) -> None:
        self.handled: list[Msg] = []

    async def __call__(self, message: Msg) -> None:
        self.handled.append(message)


@asynccontextmanager
async def working(nc: Connection, handle: Handler) -> AsyncIterator[None]:
    js = nc.jetstream()
    worker = PullWorker(nc, js, OPTIMIZER, slots=1, handle=handle, attempts=5, producer="test")
    running = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        await worker.stop(1)
        await running


async def letters(js: JetStreamContext) -> list[DeadLetter]:
    return [letter async for letter in dead_letters(js)]


async def buried(nc: Connection, js: JetStreamContext) -> DeadLetter:
    headers = {h.RUN: "one", h.TYPE: "run.request", "traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
    async with working(nc, broken):
        await js.publish(SUBJECT, BODY, headers=headers | {h.MSG_ID: "req:one"})
        await wait_until(lambda: letters(js), what="a dead letter")
    [letter] = await letters(js)
    return letter


async def test_a_mended_handler_gets_the_message_as_it_was(
    nc: Connection, js: JetStreamContext
) -> None:
    letter = await buried(nc, js)
    assert (letter.subject, letter.consumer) == (SUBJECT, OPTIMIZER.name)
    assert letter.reason == "unreadable: no version 2 here"
    stored = await redrive(js, letter.sequence)
    mended = Mended()
    async with working(nc, mended):
        await wait_until(lambda: mended.handled, what="the message is handled")
    [message] = mended.handled
    assert (message.subject, message.data) == (SUBJECT, BODY)
    assert message.metadata.sequence.stream == stored
    assert message.headers is not None
    assert message.headers[h.RUN] == "one"
    assert message.headers[h.TYPE] == "run.request"
    assert message.headers["traceparent"].split("-")[1] == "a" * 32
    assert not [name for name in message.headers if name.startswith("PE-Dead-")]
    assert await letters(js) == []


async def test_one_that_was_cut_short_is_the_same_message_the_second_time(
    nc: Connection, js: JetStreamContext
) -> None:
    letter = await buried(nc, js)
    headers = {h.MSG_ID: f"redrive:{letter.sequence}"}
    first = (await js.publish(SUBJECT, BODY, headers=headers)).seq
    assert await redrive(js, letter.sequence) == first


async def test_what_still_cannot_be_handled_is_a_dead_letter_again(
    nc: Connection, js: JetStreamContext
) -> None:
    letter = await buried(nc, js)
    await redrive(js, letter.sequence)
    async with working(nc, broken):
        [again] = await wait_until(lambda: letters(js), what="another dead letter")
    assert again.sequence > letter.sequence
    assert (again.subject, again.reason, again.data) == (SUBJECT, letter.reason, BODY)


async def test_a_result_is_not_sent_again(js: JetStreamContext) -> None:
    headers = {h.DEAD_SUBJECT: "pe.res.one.s1", h.DEAD_REASON: "unreadable"}
    sequence = (await js.publish("pe.dlq.pe.res.one.s1", b"?", headers=headers)).seq
    with pytest.raises(NotRedriven, match="written once"):
        await redrive(js, sequence)
    assert len(await letters(js)) == 1


async def test_there_is_no_such_dead_letter(js: JetStreamContext) -> None:
    with pytest.raises(NotRedriven, match="no dead letter 7"):
        await redrive(js, 7)


async def test_the_command_lists_and_sends(
    nats_url: str, nc: Connection, js: JetStreamContext
) -> None:
    letter = await buried(nc, js)
    listed = await command(nats_url)
    assert f"{letter.sequence}  {SUBJECT}  optimizer: {letter.reason}" in listed.stdout
    assert (await js.stream_info(DEAD_LETTER.name)).state.messages == 1
    sent = await command(nats_url, "--all")
    assert (sent.returncode, await letters(js)) == (0, [])
    assert "there are no dead letters" in (await command(nats_url)).stdout
    missing = await command(nats_url, "99")
    assert missing.returncode == 1
    assert "there is no dead letter 99" in missing.stdout


async def command(nats_url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "promptevolver_runtime.redrive", *arguments],
        env=os.environ | {"PROMPTEVOLVER_NATS_URL": nats_url},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
