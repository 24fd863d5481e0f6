# Made by clients/python/derive.py from the module of the same name in aio.
"""Operations on api keys, to be sent; made by derive.py from the document."""

from promptevolver_client.blocking.connection import Connection
from promptevolver_client.operations import api_keys
from promptevolver_client.resource import Method, Resource


class ApiKeys(Resource[Connection]):
    """Operations on api keys."""

    create = Method(api_keys.create, Connection.answer)
    """Make an API key."""
    delete = Method(api_keys.delete, Connection.done)
    """Revoke an API key."""
    get = Method(api_keys.get, Connection.answer)
    """Read an API key."""
    list = Method(api_keys.list, Connection.answer)
    """List API keys."""
    iterate = Method(api_keys.list, Connection.entries)
    """Page by page, all of them: list API keys."""
    rotate = Method(api_keys.rotate, Connection.answer)
    """Rotate an API key."""
