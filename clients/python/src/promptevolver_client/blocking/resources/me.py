# Made by clients/python/derive.py from the module of the same name in aio.
"""Operations on me, to be sent; made by derive.py from the document."""

from promptevolver_client.blocking.connection import Connection
from promptevolver_client.operations import me
from promptevolver_client.resource import Method, Resource


class Me(Resource[Connection]):
    """Operations on me."""

    get = Method(me.get, Connection.answer)
    """Who am I."""
    update = Method(me.update, Connection.answer)
    """Change oneself."""
