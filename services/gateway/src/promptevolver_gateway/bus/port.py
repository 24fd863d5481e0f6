"""What the gateway needs of the broker."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from promptevolver_contracts.actors import Actor
from promptevolver_contracts.rpc import Query
from promptevolver_contracts.streams import BucketSpec, ConsumerSpec


@dataclass(frozen=True, slots=True)
class Stored:
    """A message of the stream."""

    subject: str
    sequence: int
    data: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Load:
    """How busy a consumer is, in messages."""

    pending: int
    in_flight: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A bucket's value."""

    value: bytes
    revision: int


class Bus(Protocol):
    """What the gateway needs of the broker. Every method raises Problem `unavailable`."""

    @property
    def connected(self) -> bool: ...

    async def ask[Q, A](self, query: Query[Q, A], question: Q, *, within_s: float = 5) -> A:
        """Ask another service. Raises QueryFailed with its error."""

    async def write_once(
        self, subject: str, body: bytes, *, kind: str, msg_id: str, run: str, by: Actor
    ) -> int | None:
        """Store the subject's only message; None when it has one already."""

    async def publish(
        self, subject: str, body: bytes, *, kind: str, msg_id: str, run: str, by: Actor
    ) -> int:
        """Store a message and give its sequence."""

    async def last(self, subject: str) -> Stored | None:
        """Give the last message of a subject, wildcards allowed."""

    def read(self, subjects: Sequence[str], start: int) -> AsyncGenerator[Stored, None]:
        """Give what is stored on subjects, in order from a sequence on, without end."""

    async def keep(self, bucket: BucketSpec, key: str, value: bytes) -> None:
        """Keep a value in a bucket until somebody takes it, or its time is over."""

    async def take(self, bucket: BucketSpec, key: str) -> bytes | None:
        """Take a value out of a bucket; of all who try, one gets it."""

    async def find(self, bucket: BucketSpec, key: str) -> Entry | None:
        """Give what a bucket holds under a key."""

    async def claim(self, bucket: BucketSpec, key: str, value: bytes, *, over: int) -> int | None:
        """Write over the revision that one has seen, 0 for none, and give the new one.

        None when somebody else was faster.
        """

    def changes(self, bucket: BucketSpec) -> AbstractAsyncContextManager[AsyncGenerator[str]]:
        """Watch a bucket: inside, no change is missed; gives the key of each."""

    async def count(self, subject: str, by: int) -> int:
        """Add to a number that all gateways share, and give it."""

    async def load(self, consumer: ConsumerSpec) -> Load: ...

    async def stream_exists(self) -> bool: ...
