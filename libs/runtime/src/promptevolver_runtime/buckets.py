"""The bucket of model answers."""

import asyncio

import structlog
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import KeyNotFoundError, NotFoundError
from nats.js.kv import KeyValue
from promptevolver_contracts.streams import ANSWERS

log = structlog.get_logger(__name__)


class AnswerBucket:
    """Answers of models by key, shared by all processes and kept across restarts."""

    def __init__(self, js: JetStreamContext) -> None:
        self._js = js
        self._bucket: KeyValue | None = None

    async def get(self, key: str) -> bytes | None:
        """Give the value, None when there is none. Waits while the broker is away."""
        while True:
            try:
                entry = await (await self._open()).get(key)
            except (KeyNotFoundError, NotFoundError):
                return None
            except (NatsError, TimeoutError, OSError) as error:
                log.warning("answer bucket unreadable, trying again", error=repr(error))
                await asyncio.sleep(0.2)
            else:
                return entry.value

    async def put(self, key: str, value: bytes) -> None:
        """Keep a value; returns when the broker has it. Waits while the broker is away.

        One above the bucket's limit is not kept: it is of use once, and asking again pays again.
        """
        if len(value) > ANSWERS.max_value_bytes:
            log.error("answer too large to be kept", key=key, size=len(value))
            return
        while True:
            try:
                await (await self._open()).put(key, value)
            except (NatsError, TimeoutError, OSError) as error:
                log.warning("answer bucket unwritable, trying again", error=repr(error))
                await asyncio.sleep(0.2)
            else:
                return

    async def _open(self) -> KeyValue:
        if self._bucket is None:
            self._bucket = await self._js.key_value(ANSWERS.name)
        return self._bucket
