"""The jobs of all projects: made, read, cancelled, and their files."""

from promptevolver_contracts import jobs as j
from promptevolver_contracts.errors import ErrorCode, ErrorInfo
from promptevolver_runtime.rpc import QueryFailed

from promptevolver_history.answers import Answer, Answers
from promptevolver_history.audit import record
from promptevolver_history.database import Database, Session
from promptevolver_history.exports.sources import require_source
from promptevolver_history.jobs.views import job_of
from promptevolver_history.pages import fitting
from promptevolver_history.reports.gathering import require_subject

KEPT_S = 7 * 86_400.0
"""A job is forgotten so long after it was made, unless its worker settles that anew."""
MOST_OPEN = 50
"""Of a project at a time."""
MOST_IMPORTS = 5
"""Of those: each keeps a file here that may be as large as the gateway lets in."""
_INPUT_S = 3600.0
"""What is to be imported must be there within an hour."""


class Jobs:
    """Makes, reads and cancels jobs. Workers do them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, question: j.CreateJob) -> j.Job:
        """Make a job; what it is about must be there."""
        async with self._database.transaction() as session:
            await _require_subject(session, question)
            await _require_room(session, question)
            made = await session.value(
                "insert_job",
                question.job_id,
                question.project,
                question.request.kind,
                question.ready,
                question.request.model_dump_json(),
                question.by.model_dump_json(),
                KEPT_S if question.ready else _INPUT_S,
            )
            job = await required(session, question.project, question.job_id)
            if made is None and job.request != question.request:
                raise _failed(ErrorCode.CONFLICT, "another job has the id; choose another")
            if made is not None:
                await _record(session, question)
        return job

    async def put_input(self, question: j.PutJobInput) -> j.Job:
        """Keep a part of what is to be imported; with the last one the job may begin."""
        async with self._database.transaction() as session:
            job = await required(session, question.project, question.job_id)
            if not await session.value("lock_open_input", question.project, question.job_id):
                raise _failed(ErrorCode.CONFLICT, f"job {job.job_id} takes no more input")
            await session.rows(
                "put_job_part", job.job_id, "input", question.number, question.content
            )
            if question.last:
                await session.rows("ready_job", question.project, job.job_id, KEPT_S)
        return job

    async def get(self, question: j.GetJob) -> j.Job:
        """Answer a job."""
        async with self._database.session() as session:
            return await required(session, question.project, question.job_id)

    async def list(self, question: j.ListJobs) -> j.JobPage:
        """Answer a page of jobs, newest first."""
        async with self._database.session() as session:
            rows = await session.rows(
                "list_jobs",
                question.project,
                question.kind,
                question.state,
                question.before,
                question.limit + 1,
            )
        page = fitting([job_of(row) for row in rows[: question.limit]])
        return j.JobPage(jobs=page, more=len(page) < len(rows))

    async def cancel(self, question: j.CancelJob) -> j.Job:
        """Stop a job; whoever works on it notices by its next word. An ended one stays."""
        async with self._database.transaction() as session:
            await required(session, question.project, question.job_id)
            if await session.value("cancel_job", question.project, question.job_id):
                await session.rows("delete_job_parts", question.job_id, None)
            return await required(session, question.project, question.job_id)

    async def read_file(self, question: j.ReadJobFile) -> j.JobFilePart:
        """Answer a part of what a job made."""
        async with self._database.session() as session:
            job = await required(session, question.project, question.job_id)
            file = job.result and job.result.file
            if job.state != "completed" or not file:
                detail = f"job {job.job_id} is {job.state} and has no file; read it to see why"
                raise _failed(ErrorCode.NOT_FOUND, detail)
            content = await session.value(
                "get_job_part", question.project, job.job_id, "file", question.number
            )
        if content is None:
            raise _failed(ErrorCode.NOT_FOUND, f"the file has {file.parts} parts")
        return j.JobFilePart(content=content)


async def required(session: Session, project: str, job_id: str) -> j.Job:
    """Give a project's job. Raises QueryFailed `not_found`."""
    row = await session.row("get_job", project, job_id)
    if row is None:
        raise _failed(ErrorCode.NOT_FOUND, f"there is no job {job_id}")
    return job_of(row)


async def _require_subject(session: Session, question: j.CreateJob) -> None:
    match question.request:
        case j.ExportRequest() as asked:
            await require_source(session, question.project, asked)
        case j.ReportRequest() as asked:
            await require_subject(session, question.project, asked)
        case _:
            return


async def _require_room(session: Session, question: j.CreateJob) -> None:
    project, kind = question.project, question.request.kind
    await session.rows("lock_job_queue", project)
    if await session.value("count_open_jobs", project, None) >= MOST_OPEN:
        raise _full(MOST_OPEN, "jobs")
    if kind == "import" and await session.value("count_open_jobs", project, kind) >= MOST_IMPORTS:
        raise _full(MOST_IMPORTS, "imports")


def _full(most: int, what: str) -> QueryFailed:
    detail = f"{most} {what} of the project wait or run; wait for some, or cancel them"
    return QueryFailed(ErrorInfo(code=ErrorCode.RATE_LIMITED, detail=detail, retry_after_s=10))


async def _record(session: Session, question: j.CreateJob) -> None:
    request = question.request
    about = request.report if isinstance(request, j.ReportRequest) else request.resource
    await record(
        session,
        question.by,
        f"{request.kind}.created",
        question.job_id,
        project=question.project,
        resource=about,
    )


def _failed(code: ErrorCode, detail: str) -> QueryFailed:
    return QueryFailed(ErrorInfo(code=code, detail=detail))


def answers(database: Database) -> Answers:
    """Give what is answered about jobs."""
    jobs = Jobs(database)
    return (
        Answer(j.CREATE_JOB, jobs.create),
        Answer(j.PUT_JOB_INPUT, jobs.put_input),
        Answer(j.GET_JOB, jobs.get),
        Answer(j.LIST_JOBS, jobs.list),
        Answer(j.CANCEL_JOB, jobs.cancel),
        Answer(j.READ_JOB_FILE, jobs.read_file),
    )
