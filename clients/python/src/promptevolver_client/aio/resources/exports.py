"""Operations on exports, to be sent; made by derive.py from the document."""

from promptevolver_client.aio.connection import AsyncConnection
from promptevolver_client.operations import exports
from promptevolver_client.resource import Method, Resource


class AsyncExports(Resource[AsyncConnection]):
    """Operations on exports."""

    create = Method(exports.create, AsyncConnection.answer)
    """Export a list."""
