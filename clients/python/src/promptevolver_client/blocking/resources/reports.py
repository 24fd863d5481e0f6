# Made by clients/python/derive.py from the module of the same name in aio.
"""Operations on reports, to be sent; made by derive.py from the document."""

from promptevolver_client.blocking.connection import Connection
from promptevolver_client.operations import reports
from promptevolver_client.resource import Method, Resource


class Reports(Resource[Connection]):
    """Operations on reports."""

    create = Method(reports.create, Connection.answer)
    """Write a report."""
