"""Operations on reports, to be sent; made by derive.py from the document."""

from promptevolver_client.aio.connection import AsyncConnection
from promptevolver_client.operations import reports
from promptevolver_client.resource import Method, Resource


class AsyncReports(Resource[AsyncConnection]):
    """Operations on reports."""

    create = Method(reports.create, AsyncConnection.answer)
    """Write a report."""
