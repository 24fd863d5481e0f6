"""Operations on me, to be sent; made by derive.py from the document."""

from promptevolver_client.aio.connection import AsyncConnection
from promptevolver_client.operations import me
from promptevolver_client.resource import Method, Resource


class AsyncMe(Resource[AsyncConnection]):
    """Operations on me."""

    get = Method(me.get, AsyncConnection.answer)
    """Who am I."""
    update = Method(me.update, AsyncConnection.answer)
    """Change oneself."""
