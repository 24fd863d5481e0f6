# Made by clients/python/derive.py from the module of the same name in aio.
"""Operations on exports, to be sent; made by derive.py from the document."""

from promptevolver_client.blocking.connection import Connection
from promptevolver_client.operations import exports
from promptevolver_client.resource import Method, Resource


class Exports(Resource[Connection]):
    """Operations on exports."""

    create = Method(exports.create, Connection.answer)
    """Export a list."""
