"""A job in the hands of a worker: how it goes on, and what it makes."""

import hashlib
from collections.abc import AsyncIterator

from promptevolver_contracts.actors import Actor
from promptevolver_contracts.errors import ErrorInfo
from promptevolver_contracts.jobs import PART_BYTES, Job, JobFile, JobResult
from promptevolver_runtime.rpc import QueryFailed

from promptevolver_history.database import Database

CLAIM_S = 30.0
"""A worker that is silent for so long is taken for dead."""


class Lost(Exception):
    """The job was cancelled, or another worker has it."""


class Fruitless(QueryFailed):
    """The job failed, and there is something to show of it."""

    def __init__(self, info: ErrorInfo, result: JobResult) -> None:
        super().__init__(info)
        self.result = result


class Work:
    """One attempt at a job. Every word of it raises Lost when the job is no longer this one's."""

    def __init__(self, database: Database, job: Job, actor: Actor) -> None:
        self.database = database
        self.job = job
        self.actor = actor
        self.done = 0
        self.total: int | None = None

    async def beat(self) -> None:
        """Say how far it is, and that somebody still works on it."""
        async with self.database.session() as session:
            held = await session.value(
                "advance_job", self.job.job_id, self.job.attempts, self.done, self.total, CLAIM_S
            )
        if held is None:
            raise Lost(self.job.job_id)

    async def begin(self) -> None:
        """Drop what an attempt before this one left."""
        await self.beat()
        async with self.database.session() as session:
            await session.rows("delete_job_parts", self.job.job_id, "file")

    async def keep(self, number: int, content: bytes) -> None:
        """Keep a part of the file."""
        async with self.database.session() as session:
            kept = await session.value(
                "keep_job_part", self.job.job_id, self.job.attempts, number, content
            )
        if kept is None:
            raise Lost(self.job.job_id)

    async def input(self) -> AsyncIterator[bytes]:
        """Give what is to be imported, part by part."""
        number = 0
        while True:
            async with self.database.session() as session:
                content = await session.value(
                    "get_job_part", self.job.project, self.job.job_id, "input", number
                )
            if content is None:
                return
            yield content
            number += 1


class Parts:
    """Where writers write: bytes go in as they come, and out in parts of one size."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._waiting = bytearray()
        self._hash = hashlib.sha256()
        self._bytes = 0
        self._parts = 0

    def write(self, data: bytes) -> int:
        """Take bytes in; called off the event loop, by one writer at a time."""
        self._waiting += data
        self._hash.update(data)
        self._bytes += len(data)
        return len(data)

    async def drain(self) -> None:
        """Keep whatever fills a part."""
        while len(self._waiting) >= PART_BYTES:
            await self._keep(PART_BYTES)

    async def file(self, name: str, media_type: str, rows: int | None = None) -> JobFile:
        """Keep the rest and describe the whole."""
        await self.drain()
        if self._waiting or not self._parts:
            await self._keep(len(self._waiting))
        return JobFile(
            name=name,
            media_type=media_type,
            bytes=self._bytes,
            parts=self._parts,
            sha256=self._hash.hexdigest(),
            rows=rows,
        )

    async def _keep(self, size: int) -> None:
        content = bytes(self._waiting[:size])
        await self._work.keep(self._parts, content)
        del self._waiting[:size]
        self._parts += 1
