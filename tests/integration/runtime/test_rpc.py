import asyncio
from collections.abc import Awaitable, Callable

import pytest
from promptevolver_contracts.datasets import Example
from promptevolver_contracts.errors import ErrorCode, ErrorInfo
from promptevolver_contracts.queries import Catalogue, GetProjection
from promptevolver_contracts.rpc import query
from promptevolver_contracts.subjects import GET_STRATEGIES
from promptevolver_runtime.connection import Connection, connect
from promptevolver_runtime.rpc import QueryFailed, announced, ask, serve
from promptevolver_runtime.settings import ServiceSettings

QUESTION = GetProjection()
LARGE = query("rpc.history.large", Example, Catalogue)


async def answering(
    nc: Connection, handle: Callable[[GetProjection], Awaitable[Catalogue]]
) -> None:
    await serve(nc, GET_STRATEGIES, handle, queue="test")


async def failure(nc: Connection, timeout: float = 60) -> ErrorInfo:
    with pytest.raises(QueryFailed) as failed:
        await ask(nc, GET_STRATEGIES, QUESTION, timeout=timeout)
    return failed.value.info


async def test_an_answer_comes_back(nc: Connection) -> None:
    async def handle(_question: GetProjection) -> Catalogue:
        return Catalogue(strategies={"toy": {}})

    await answering(nc, handle)
    assert await ask(nc, GET_STRATEGIES, QUESTION, timeout=60) == Catalogue(strategies={"toy": {}})


async def test_nobody_there_is_unavailable_at_once(nc: Connection) -> None:
    async with asyncio.timeout(30):
        info = await failure(nc, timeout=100)
    assert info.code == ErrorCode.UNAVAILABLE
    assert info.retry_after_s


async def test_somebody_too_slow_is_unavailable(nc: Connection) -> None:
    async def handle(_question: GetProjection) -> Catalogue:
        await asyncio.Event().wait()
        raise AssertionError

    await answering(nc, handle)
    assert (await failure(nc, timeout=0.5)).code == ErrorCode.UNAVAILABLE


async def test_an_error_of_the_answerer_is_the_askers(nc: Connection) -> None:
    told = ErrorInfo(code=ErrorCode.NOT_FOUND, detail="no such thing")

    async def handle(_question: GetProjection) -> Catalogue:
        raise QueryFailed(told)

    await answering(nc, handle)
    assert await failure(nc) == told


async def test_a_fault_of_the_code_is_told_without_its_words(nc: Connection) -> None:
    async def handle(_question: GetProjection) -> Catalogue:
        raise ZeroDivisionError("a secret")

    await answering(nc, handle)
    info = await failure(nc)
    assert info.code == ErrorCode.INTERNAL
    assert "ZeroDivisionError" in info.detail
    assert "secret" not in info.detail


async def test_an_unreadable_question_is_an_invalid_request(nc: Connection) -> None:
    async def handle(_question: GetProjection) -> Catalogue:
        raise AssertionError

    await answering(nc, handle)
    reply = await nc.request(GET_STRATEGIES.subject, b'{"v": "my password"}', timeout=60)
    error = GET_STRATEGIES.answer.validate_json(reply.data).error
    assert error is not None
    assert error.code == ErrorCode.INVALID_REQUEST
    assert ": v: " in error.detail
    assert "password" not in error.detail, "what was given may be a secret"


async def test_what_fits_no_message_is_told_at_once(nc: Connection) -> None:
    async def handle(_question: GetProjection) -> Catalogue:
        return Catalogue(strategies={"x" * nc.max_payload: {}})

    await answering(nc, handle)
    assert (await failure(nc)).code == ErrorCode.INTERNAL
    with pytest.raises(QueryFailed) as refused:
        await ask(nc, LARGE, Example(id="x", split="train", inputs={"x": "x" * nc.max_payload}))
    assert refused.value.info.code == ErrorCode.TOO_LARGE


async def test_whoever_asks_after_the_announcement_is_heard(nats_url: str, nc: Connection) -> None:
    async def handle(_question: GetProjection) -> Catalogue:
        return Catalogue(strategies={"toy": {}})

    for _ in range(200):
        other = await connect(ServiceSettings(nats_url=nats_url), "test")
        await serve(other, GET_STRATEGIES, handle, queue="test")
        await announced(other)
        assert await ask(nc, GET_STRATEGIES, QUESTION, timeout=60)
        await other.close()
