# Made by clients/python/derive.py from the module of the same name in aio.
"""Operations on users, to be sent; made by derive.py from the document."""

from promptevolver_client.blocking.connection import Connection
from promptevolver_client.operations import users
from promptevolver_client.resource import Method, Resource


class Users(Resource[Connection]):
    """Operations on users."""

    create = Method(users.create, Connection.answer)
    """Make a user."""
    get = Method(users.get, Connection.answer)
    """Read a user."""
    list = Method(users.list, Connection.answer)
    """List users."""
    iterate = Method(users.list, Connection.entries)
    """Page by page, all of them: list users."""
    update = Method(users.update, Connection.answer)
    """Change a user."""
