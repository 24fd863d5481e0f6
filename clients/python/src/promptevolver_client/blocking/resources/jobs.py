# Made by clients/python/derive.py from the module of the same name in aio.
"""Operations on jobs, to be sent; made by derive.py from the document."""

from promptevolver_client.blocking.connection import Connection
from promptevolver_client.operations import jobs
from promptevolver_client.resource import Method, Resource


class Jobs(Resource[Connection]):
    """Operations on jobs."""

    cancel = Method(jobs.cancel, Connection.answer)
    """Cancel a job."""
    file = Method(jobs.file, Connection.chunks)
    """As a file, piece by piece: download a job's file."""
    get = Method(jobs.get, Connection.answer)
    """Read a job."""
    list = Method(jobs.list, Connection.answer)
    """List jobs."""
    iterate = Method(jobs.list, Connection.entries)
    """Page by page, all of them: list jobs."""
