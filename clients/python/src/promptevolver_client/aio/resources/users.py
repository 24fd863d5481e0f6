"""Operations on users, to be sent; made by derive.py from the document."""

from promptevolver_client.aio.connection import AsyncConnection
from promptevolver_client.operations import users
from promptevolver_client.resource import Method, Resource


class AsyncUsers(Resource[AsyncConnection]):
    """Operations on users."""

    create = Method(users.create, AsyncConnection.answer)
    """Make a user."""
    get = Method(users.get, AsyncConnection.answer)
    """Read a user."""
    list = Method(users.list, AsyncConnection.answer)
    """List users."""
    iterate = Method(users.list, AsyncConnection.entries)
    """Page by page, all of them: list users."""
    update = Method(users.update, AsyncConnection.answer)
    """Change a user."""
