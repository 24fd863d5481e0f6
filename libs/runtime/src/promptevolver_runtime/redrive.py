"""Sending dead letters on their way again, once what kept them from being handled is mended.

Run it by `promptevolver-redrive SEQUENCE …` or `promptevolver-redrive --all`; without either it
lists what there is.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import APIError, NotFoundError
from promptevolver_contracts import headers as h
from promptevolver_contracts.streams import DEAD_LETTER

from promptevolver_runtime.connection import connect
from promptevolver_runtime.logs import configure_logs
from promptevolver_runtime.publishing import Publisher, own_headers
from promptevolver_runtime.settings import ServiceSettings, faults_by_variable


class NotRedriven(Exception):
    """A dead letter stays where it is; the text says why."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that nobody could handle. `sequence` is its place among the dead letters."""

    sequence: int
    subject: str
    reason: str
    consumer: str
    headers: dict[str, str]
    data: bytes


async def dead_letters(js: JetStreamContext) -> AsyncIterator[DeadLetter]:
    """Give the dead letters that there are now, oldest first."""
    last = (await js.stream_info(DEAD_LETTER.name)).state.last_seq
    every, sequence = DEAD_LETTER.subjects[0], 0
    with suppress(NotFoundError):
        while sequence < last:
            found = await js.get_msg(DEAD_LETTER.name, sequence + 1, every, next=True)
            letter = _read(found)
            sequence = letter.sequence
            yield letter


async def redrive(js: JetStreamContext, sequence: int) -> int:
    """Publish a dead letter on its own subject again, and drop its record; give its new sequence.

    Safe to repeat: a redrive that was cut short is the same message the second time. Raises
    NotRedriven for a sequence that is no dead letter, and for a result: its subject has its only
    message for ever.
    """
    try:
        letter = _read(await js.get_msg(DEAD_LETTER.name, seq=sequence))
    except NotFoundError as error:
        raise NotRedriven(f"there is no dead letter {sequence}") from error
    if letter.subject.startswith("pe.res."):
        raise NotRedriven(
            f"{letter.subject} is written once and holds this message; "
            "its shard is to be sent anew instead"
        )
    publisher = Publisher(js, "redrive")
    try:
        stored = await publisher.publish(
            letter.subject,
            letter.data,
            kind=letter.headers.get(h.TYPE, "redriven"),
            msg_id=f"redrive:{sequence}",
            run=letter.headers.get(h.RUN, ""),
            more=own_headers(letter.headers),
        )
    except APIError as error:
        raise NotRedriven(f"the broker refuses {letter.subject}: {error.description}") from error
    await js.delete_msg(DEAD_LETTER.name, sequence)
    return stored


def _read(message: RawStreamMsg) -> DeadLetter:
    headers = dict(message.headers or {})
    return DeadLetter(
        sequence=message.seq or 0,
        subject=headers.get(h.DEAD_SUBJECT, ""),
        reason=headers.get(h.DEAD_REASON, ""),
        consumer=headers.get(h.DEAD_CONSUMER, ""),
        headers=headers,
        data=message.data or b"",
    )


async def _main(settings: ServiceSettings, sequences: Sequence[int], *, every: bool) -> bool:
    nc = await connect(settings, "redrive")
    js = nc.jetstream()
    try:
        if sequences and not every:
            return all([await _redriven(js, sequence) for sequence in sequences])
        met = [await _met(js, letter, send=every) async for letter in dead_letters(js)]
        if not met:
            _say("there are no dead letters")
        return all(met)
    finally:
        await nc.close()


async def _met(js: JetStreamContext, letter: DeadLetter, *, send: bool) -> bool:
    """Send one of all dead letters again, or only list it."""
    if send:
        return await _redriven(js, letter.sequence)
    _say(f"{letter.sequence}  {letter.subject}  {letter.consumer}: {letter.reason}")
    return True


async def _redriven(js: JetStreamContext, sequence: int) -> bool:
    try:
        stored = await redrive(js, sequence)
    except NotRedriven as error:
        _say(f"{sequence}  not sent: {error}")
        return False
    _say(f"{sequence}  sent again, stored as {stored}")
    return True


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main() -> None:
    """Redrive what the arguments name on the broker that the environment names."""
    parser = argparse.ArgumentParser(prog="promptevolver-redrive", description=__doc__)
    parser.add_argument("sequences", nargs="*", type=int, metavar="SEQUENCE")
    parser.add_argument("--all", action="store_true", help="every dead letter there is")
    arguments = parser.parse_args()
    with faults_by_variable():
        settings = ServiceSettings()
    configure_logs(settings, "redrive")
    sent = asyncio.run(_main(settings, arguments.sequences, every=arguments.all))
    sys.exit(0 if sent else 1)


if __name__ == "__main__":
    main()
