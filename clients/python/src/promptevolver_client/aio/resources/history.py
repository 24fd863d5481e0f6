"""Operations on history, to be sent; made by derive.py from the document."""

from promptevolver_client.aio.connection import AsyncConnection
from promptevolver_client.operations import history
from promptevolver_client.resource import Method, Resource


class AsyncHistory(Resource[AsyncConnection]):
    """Operations on history."""

    list = Method(history.list, AsyncConnection.answer)
    """List runs."""
    iterate = Method(history.list, AsyncConnection.entries)
    """Page by page, all of them: list runs."""
    stream = Method(history.stream, AsyncConnection.lines)
    """In one stream, all of them: list runs."""
