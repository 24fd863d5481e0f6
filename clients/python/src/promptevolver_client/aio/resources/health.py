"""Operations on health, to be sent; made by derive.py from the document."""

from promptevolver_client.aio.connection import AsyncConnection
from promptevolver_client.operations import health
from promptevolver_client.resource import Method, Resource


class AsyncHealth(Resource[AsyncConnection]):
    """Operations on health."""

    get = Method(health.get, AsyncConnection.answer)
    """State of the whole."""
    livez = Method(health.livez, AsyncConnection.value)
    """Alive."""
    metrics = Method(health.metrics, AsyncConnection.text)
    """Metrics."""
    readyz = Method(health.readyz, AsyncConnection.value)
    """Ready."""
