"""Publishing to the stream: acknowledged, keyed, never fire and forget."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import structlog
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import APIError, NoStreamResponseError
from opentelemetry.trace import SpanKind
from promptevolver_contracts import headers as h

from promptevolver_runtime.telemetry import inject, tracer

log = structlog.get_logger(__name__)

WRONG_LAST_SEQUENCE = 10071
UNKNOWN_LAST_SEQUENCE = 10164


class Unsure(Exception):
    """The broker did not say whether it stored the message: read before going on."""


class Refused(Exception):
    """The broker will never store this message, however often it is sent."""


class Fenced(Exception):
    """Somebody else owns the run now: stop."""


def own_headers(headers: Mapping[str, str] | None) -> dict[str, str]:
    """Give a message's own headers: neither the broker's nor those about its death."""
    foreign = ("Nats-", "PE-Dead-")
    return {name: text for name, text in (headers or {}).items() if not name.startswith(foreign)}


class Publisher:
    """Publishes with a deterministic id, so that a repeat is the same message."""

    def __init__(self, js: JetStreamContext, producer: str) -> None:
        self._js = js
        self._producer = producer

    def headers(self, kind: str, msg_id: str, run: str) -> dict[str, str]:
        """Give the headers of a message, with the current span's context."""
        return inject({h.MSG_ID: msg_id, h.TYPE: kind, h.RUN: run, h.PRODUCER: self._producer})

    async def publish(
        self,
        subject: str,
        body: bytes,
        *,
        kind: str,
        msg_id: str,
        run: str,
        timeout: float = 5,
        more: Mapping[str, str] | None = None,
    ) -> int:
        """Store a message and give its sequence. Tries until the broker acknowledges."""
        with _sending(subject):
            headers = self.headers(kind, msg_id, run) | dict(more or {})
            sequence = await self._publish(subject, body, headers, timeout)
        assert sequence is not None, "only a write with an expected sequence can be refused"  # noqa: S101  narrows the type
        return sequence

    async def write_once(
        self,
        subject: str,
        body: bytes,
        *,
        kind: str,
        msg_id: str,
        run: str,
        timeout: float = 5,
        more: Mapping[str, str] | None = None,
    ) -> int | None:
        """Store the subject's only message; None when it has one already.

        After an unacknowledged attempt the message that is there may be our own.
        """
        with _sending(subject):
            own = self.headers(kind, msg_id, run) | dict(more or {})
            headers = own | {h.EXPECTED_SEQUENCE: "0"}
            return await self._publish(subject, body, headers, timeout)

    async def _publish(
        self, subject: str, body: bytes, headers: dict[str, str], timeout: float
    ) -> int | None:
        delay = 0.1
        while True:
            try:
                ack = await self._js.publish(subject, body, timeout=timeout, headers=headers)
            except APIError as error:
                if error.err_code == WRONG_LAST_SEQUENCE:
                    return None
                if error.err_code != UNKNOWN_LAST_SEQUENCE and (error.code or 500) < 500:
                    raise
                log.warning("publish refused, trying again", subject=subject, error=repr(error))
            except (NatsError, NoStreamResponseError, TimeoutError) as error:
                log.warning("publish unanswered, trying again", subject=subject, error=repr(error))
            else:
                return ack.seq
            await asyncio.sleep(delay)
            delay = min(delay * 2, 2)


@contextmanager
def _sending(subject: str) -> Iterator[None]:
    """Open the producer's span, named by the kind of subject: ids stay out of names."""
    kind = ".".join(subject.split(".")[:2])
    attributes = {
        "messaging.system": "nats",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": subject,
    }
    with tracer(__name__).start_as_current_span(
        f"send {kind}", kind=SpanKind.PRODUCER, attributes=attributes
    ):
        yield
