"""The response cache: every final answer is kept before anybody hears it, and paid for once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import structlog
from promptevolver_contracts.base import Part, digest
from promptevolver_contracts.faults import Fault
from promptevolver_contracts.spending import Spend
from pydantic import ValidationError

from promptevolver_llm.calls import Call, LlmError
from promptevolver_llm.retries import RetryPolicy


class AnswerBucket(Protocol):
    """Where answers are kept."""

    async def get(self, key: str) -> bytes | None: ...

    async def put(self, key: str, value: bytes) -> None: ...


class Entry(Part):
    """A final answer as it is kept: a text, or the candidate's own fault."""

    payer: str
    text: str = ""
    finish_reason: str = ""
    fault: Fault | None = None
    spend: Spend
    latency_ms: float


@dataclass(frozen=True)
class Settled:
    """A final answer, with what it means for the caller's account.

    `paid`: it counts as the caller's own. `fresh`: the provider was asked just now, for this call.
    """

    entry: Entry
    paid: bool
    fresh: bool


def key_of(call: Call) -> str | None:
    """Give the key that a call's answer is kept under, None when it is not to be kept.

    Fallbacks, deadlines and addresses do not count: they change who answers or when, not what was
    asked.
    """
    if not call.cache and not call.payer:
        return None
    return digest(
        {
            "model": call.model,
            "messages": [message.model_dump(mode="json") for message in call.messages],
            "parameters": call.parameters.model_dump(mode="json"),
            "output_schema": call.output_schema,
            "repeat": call.repeat,
            "payer": None if call.cache else call.payer,
        }
    )


class Answers:
    """Looks answers up, has them paid for when there is none, and keeps them.

    Equal calls at the same time wait for the first. Without a bucket every call is paid.
    """

    def __init__(self, bucket: AnswerBucket | None, policy: RetryPolicy) -> None:
        self._bucket = bucket
        self._policy = policy
        self._flights: dict[str, asyncio.Future[Entry | LlmError | None]] = {}

    async def settle(self, call: Call, pay: Callable[[], Awaitable[Entry]]) -> Settled:
        """Give the call's answer. Raises what `pay` and the bucket raise."""
        key = key_of(call)
        if key is None or self._bucket is None:
            return Settled(await pay(), paid=True, fresh=True)
        while (flight := self._flights.get(key)) is not None:
            await asyncio.wait([flight])
            landed = flight.result()
            if isinstance(landed, LlmError):
                raise LlmError(landed.fault)
            if landed is not None:
                return _settled(landed, call)
            # The first was cancelled or lost the bucket: the next takes its place.
        return await self._lead(self._bucket, key, call, pay)

    async def paid_before(self, call: Call) -> Settled | None:
        """Give the answer that this call's payer already paid for, None when there is none."""
        key = key_of(call)
        if key is None or self._bucket is None or not call.payer:
            return None
        entry = await self._read(self._bucket, key)
        return _settled(entry, call) if entry and entry.payer == call.payer else None

    async def _lead(
        self, bucket: AnswerBucket, key: str, call: Call, pay: Callable[[], Awaitable[Entry]]
    ) -> Settled:
        flight = asyncio.get_running_loop().create_future()
        self._flights[key] = flight
        landed: Entry | LlmError | None = None
        try:
            landed = await self._read(bucket, key)
            if landed is not None:
                return _settled(landed, call)
            entry = await pay()
            await self._insist(lambda: bucket.put(key, entry.model_dump_json().encode()))
            landed = entry
            return Settled(entry, paid=True, fresh=True)
        except LlmError as error:
            landed = error
            raise
        finally:
            del self._flights[key]
            flight.set_result(landed)

    async def _read(self, bucket: AnswerBucket, key: str) -> Entry | None:
        value = await self._insist(lambda: bucket.get(key))
        if value is None:
            return None
        try:
            return Entry.model_validate_json(value)
        except ValidationError:
            structlog.get_logger(__name__).warning("cached answer is unreadable", key=key)
            return None

    async def _insist[T](self, operation: Callable[[], Awaitable[T]]) -> T:
        """Repeat a bucket operation until it works; raises what the last attempt raised."""
        failures = 0
        while True:
            try:
                return await operation()
            except Exception as error:
                failures += 1
                if failures >= self._policy.attempts:
                    raise
                structlog.get_logger(__name__).warning(
                    "answer bucket did not respond", error=type(error).__name__, attempt=failures
                )
            await asyncio.sleep(self._policy.wait_s(failures))


def _settled(entry: Entry, call: Call) -> Settled:
    return Settled(entry, paid=bool(call.payer) and entry.payer == call.payer, fresh=False)
