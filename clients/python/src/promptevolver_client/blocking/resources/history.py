# Made by clients/python/derive.py from the module of the same name in aio.
"""Operations on history, to be sent; made by derive.py from the document."""

from promptevolver_client.blocking.connection import Connection
from promptevolver_client.operations import history
from promptevolver_client.resource import Method, Resource


class History(Resource[Connection]):
    """Operations on history."""

    list = Method(history.list, Connection.answer)
    """List runs."""
    iterate = Method(history.list, Connection.entries)
    """Page by page, all of them: list runs."""
    stream = Method(history.stream, Connection.lines)
    """In one stream, all of them: list runs."""
