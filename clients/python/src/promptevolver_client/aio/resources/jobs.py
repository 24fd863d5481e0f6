"""Operations on jobs, to be sent; made by derive.py from the document."""

from promptevolver_client.aio.connection import AsyncConnection
from promptevolver_client.operations import jobs
from promptevolver_client.resource import Method, Resource


class AsyncJobs(Resource[AsyncConnection]):
    """Operations on jobs."""

    cancel = Method(jobs.cancel, AsyncConnection.answer)
    """Cancel a job."""
    file = Method(jobs.file, AsyncConnection.chunks)
    """As a file, piece by piece: download a job's file."""
    get = Method(jobs.get, AsyncConnection.answer)
    """Read a job."""
    list = Method(jobs.list, AsyncConnection.answer)
    """List jobs."""
    iterate = Method(jobs.list, AsyncConnection.entries)
    """Page by page, all of them: list jobs."""
