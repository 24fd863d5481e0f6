"""A stream, and services that answer, in memory."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from fnmatch import fnmatchcase
from typing import Any

from promptevolver_contracts import headers as h
from promptevolver_contracts import queries as q
from promptevolver_contracts import subjects as s
from promptevolver_contracts.actors import SYSTEM, Actor
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.facts import Fact
from promptevolver_contracts.rpc import Query, Reply
from promptevolver_contracts.runs import RunRequest
from promptevolver_contracts.streams import BucketSpec, ConsumerSpec
from promptevolver_gateway.bus import Entry, Load, Stored
from promptevolver_gateway.problems import Problem

from support.gateway.bodies import METRICS, STRATEGIES
from support.gateway.history import FakeHistory, failed


class FakeBus:
    """A stream, and services that answer, in memory."""

    def __init__(self) -> None:
        self.connected = True
        self.history = FakeHistory()
        self.stream: list[Stored] = []
        self.kept: dict[tuple[str, str], bytes] = {}
        self.revisions: Counter[tuple[str, str]] = Counter()
        self.counts: Counter[str] = Counter()
        self._watchers: list[tuple[str, asyncio.Queue[str]]] = []
        self.ids: set[str] = set()
        self.away: set[str] = set()
        self.asked: list[str] = []
        self.loads = Load(pending=0, in_flight=0)
        self._changed = asyncio.Condition()

    async def ask(self, query: Query[Any, Any], question: Any, *, within_s: float = 5) -> Any:
        self.asked.append(query.subject)
        _, service, name = query.subject.split(".")
        if service in self.away or not self.connected:
            raise failed(ErrorCode.UNAVAILABLE)
        if name == "catalogue":
            return q.Catalogue(strategies=STRATEGIES, metrics=METRICS)
        sent = query.question.validate_json(query.question.dump_json(question))
        answer = Reply[Any](data=getattr(self.history, name)(sent))
        return query.answer.validate_json(answer.model_dump_json()).data

    async def write_once(
        self,
        subject: str,
        body: bytes,
        *,
        kind: str,
        msg_id: str,
        run: str,
        by: Actor = SYSTEM,
    ) -> int | None:
        if any(stored.subject == subject for stored in self.stream):
            return None
        return await self.publish(subject, body, kind=kind, msg_id=msg_id, run=run, by=by)

    async def publish(
        self,
        subject: str,
        body: bytes,
        *,
        kind: str,
        msg_id: str,
        run: str,
        by: Actor = SYSTEM,
    ) -> int:
        self.need()
        if msg_id not in self.ids:
            self.ids.add(msg_id)
            async with self._changed:
                headers = {h.RUN: run, h.TYPE: kind, h.ACTOR: by.spelled()}
                self.stream.append(Stored(subject, len(self.stream) + 1, body, headers))
                self._changed.notify_all()
        return len(self.stream)

    async def log(self, fact: Fact) -> int:
        subject = s.LOG.of(run=fact.run_id)
        body = s.LOG.encode(fact)
        return await self.publish(
            subject, body, kind=fact.type, msg_id=f"{fact.run_id}:{fact.id}", run=fact.run_id
        )

    async def last(self, subject: str) -> Stored | None:
        self.need()
        matches = [each for each in self.stream if fnmatchcase(each.subject, _glob(subject))]
        return matches[-1] if matches else None

    async def read(self, subjects: Sequence[str], start: int) -> AsyncGenerator[Stored, None]:
        position = start
        while True:
            async with self._changed:
                while len(self.stream) < position:
                    await self._changed.wait()
            for stored in self.stream[position - 1 :]:
                position = stored.sequence + 1
                if any(fnmatchcase(stored.subject, _glob(each)) for each in subjects):
                    yield stored

    async def keep(self, bucket: BucketSpec, key: str, value: bytes) -> None:
        self.need()
        self.kept[bucket.name, key] = value
        self.revisions[bucket.name, key] += 1
        for name, keys in self._watchers:
            if name == bucket.name:
                keys.put_nowait(key)

    async def take(self, bucket: BucketSpec, key: str) -> bytes | None:
        self.need()
        return self.kept.pop((bucket.name, key), None)

    async def find(self, bucket: BucketSpec, key: str) -> Entry | None:
        self.need()
        value = self.kept.get((bucket.name, key))
        return None if value is None else Entry(value, self.revisions[bucket.name, key])

    async def claim(self, bucket: BucketSpec, key: str, value: bytes, *, over: int) -> int | None:
        self.need()
        if self.revisions[bucket.name, key] != over:
            return None
        await self.keep(bucket, key, value)
        return self.revisions[bucket.name, key]

    @asynccontextmanager
    async def changes(self, bucket: BucketSpec) -> AsyncIterator[AsyncGenerator[str]]:
        self.need()
        keys: asyncio.Queue[str] = asyncio.Queue()

        async def each() -> AsyncGenerator[str]:
            while True:
                yield await keys.get()

        watcher = (bucket.name, keys)
        self._watchers.append(watcher)
        async with aclosing(each()) as found:
            yield found
        self._watchers.remove(watcher)

    async def count(self, subject: str, by: int) -> int:
        self.need()
        self.counts[subject] += by
        return self.counts[subject]

    async def load(self, _consumer: ConsumerSpec) -> Load:
        self.need()
        return self.loads

    async def stream_exists(self) -> bool:
        self.need()
        return True

    def need(self) -> None:
        if not self.connected:
            raise Problem(ErrorCode.UNAVAILABLE, "away", retry_after_s=1)

    def request(self, position: int = 0) -> RunRequest:
        sent = [each for each in self.stream if each.subject.startswith("pe.req.")]
        return s.REQUESTS.decode(sent[position].data)


def _glob(subject: str) -> str:
    return subject.replace(">", "*")
