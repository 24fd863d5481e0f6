# Made by clients/python/derive.py from the module of the same name in aio.
"""Operations on health, to be sent; made by derive.py from the document."""

from promptevolver_client.blocking.connection import Connection
from promptevolver_client.operations import health
from promptevolver_client.resource import Method, Resource


class Health(Resource[Connection]):
    """Operations on health."""

    get = Method(health.get, Connection.answer)
    """State of the whole."""
    livez = Method(health.livez, Connection.value)
    """Alive."""
    metrics = Method(health.metrics, Connection.text)
    """Metrics."""
    readyz = Method(health.readyz, Connection.value)
    """Ready."""
