import os

import pytest
from promptevolver_contracts.actors import SYSTEM
from promptevolver_contracts.jobs import (
    CREATE_JOB,
    PART_BYTES,
    PUT_JOB_INPUT,
    READ_JOB_FILE,
    CreateJob,
    GetJob,
    ImportRequest,
    JobFile,
    JobResult,
    PutJobInput,
    ReadJobFile,
)
from promptevolver_history.handlers import answer_queries
from promptevolver_history.jobs.register import Jobs
from promptevolver_history.jobs.views import actor_of, job_of
from promptevolver_history.jobs.work import Parts, Work
from promptevolver_runtime.connection import Connection
from promptevolver_runtime.rpc import QueryFailed, ask
from support.history import open_database
from support.jobs import working
from support.waiting import wait_until

pytestmark = pytest.mark.infra


async def test_whole_parts_go_through_the_broker_both_ways(
    nc: Connection, migrated_url: str
) -> None:
    content = os.urandom(PART_BYTES)
    job = {"project": "default", "job_id": "job-1"}
    request = ImportRequest(resource="run_archive")
    async with open_database(migrated_url) as database:
        await answer_queries(nc, database)
        await ask(nc, CREATE_JOB, CreateJob(**job, request=request, ready=False, by=SYSTEM))
        for number, last in enumerate((False, True)):
            put = PutJobInput(**job, number=number, content=content, last=last)
            await ask(nc, PUT_JOB_INPUT, put)
        with pytest.raises(QueryFailed, match="no more input"):
            await ask(nc, PUT_JOB_INPUT, put)

        async with database.session() as session:
            row = await session.row("claim_job", 60)
        assert row is not None
        work = Work(database, job_of(row), actor_of(row))
        assert [part async for part in work.input()] == [content, content]
        await settle(work, content)
        found = [
            (await ask(nc, READ_JOB_FILE, ReadJobFile(**job, number=number))).content
            for number in range(2)
        ]
        with pytest.raises(QueryFailed, match="2 parts"):
            await ask(nc, READ_JOB_FILE, ReadJobFile(**job, number=2))
    assert b"".join(found) == content + b"and more"


async def settle(work: Work, content: bytes) -> JobFile:
    """End the job with a file of a whole part and a rest."""
    parts = Parts(work)
    parts.write(content + b"and more")
    file = await parts.file("x", "application/gzip")
    assert (file.bytes, file.parts) == (PART_BYTES + 8, 2)
    result = JobResult(file=file).model_dump_json()
    async with work.database.session() as session:
        settled = (work.job.job_id, work.job.attempts, "completed", result, None, 1, 60)
        assert await session.value("settle_job", *settled)
    return file


async def test_a_job_whose_end_cannot_be_written_keeps_no_other_from_being_done(
    migrated_url: str,
) -> None:
    request = ImportRequest(resource="run_archive")
    async with open_database(migrated_url) as database:
        jobs = Jobs(database)
        for name in ("job-1", "job-2"):
            job = {"project": "default", "job_id": name}
            await jobs.create(CreateJob(**job, request=request, ready=False, by=SYSTEM))
            await jobs.put_input(PutJobInput(**job, number=0, content=b"?", last=True))
        async with database.pool.acquire() as connection:
            await connection.execute(_REFUSAL)

        async def second_is_done() -> bool:
            return (await jobs.get(GetJob(project="default", job_id="job-2"))).state == "failed"

        async with working(migrated_url, jobs_at_once=1):
            await wait_until(second_is_done, what="the second job is done")


_REFUSAL = """
create function refuse() returns trigger language plpgsql as
    $$ begin raise exception 'not this one'; end $$;
create trigger refuse before update on jobs for each row
    when (new.state = 'failed' and new.job_id = 'job-1') execute function refuse();
"""
