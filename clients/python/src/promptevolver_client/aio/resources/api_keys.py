"""Operations on api keys, to be sent; made by derive.py from the document."""

from promptevolver_client.aio.connection import AsyncConnection
from promptevolver_client.operations import api_keys
from promptevolver_client.resource import Method, Resource


class AsyncApiKeys(Resource[AsyncConnection]):
    """Operations on api keys."""

    create = Method(api_keys.create, AsyncConnection.answer)
    """Make an API key."""
    delete = Method(api_keys.delete, AsyncConnection.done)
    """Revoke an API key."""
    get = Method(api_keys.get, AsyncConnection.answer)
    """Read an API key."""
    list = Method(api_keys.list, AsyncConnection.answer)
    """List API keys."""
    iterate = Method(api_keys.list, AsyncConnection.entries)
    """Page by page, all of them: list API keys."""
    rotate = Method(api_keys.rotate, AsyncConnection.answer)
    """Rotate an API key."""
