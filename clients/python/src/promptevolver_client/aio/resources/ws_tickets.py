"""Operations on ws tickets, to be sent; made by derive.py from the document."""

from promptevolver_client.aio.connection import AsyncConnection
from promptevolver_client.operations import ws_tickets
from promptevolver_client.resource import Method, Resource


class AsyncWsTickets(Resource[AsyncConnection]):
    """Operations on ws tickets."""

    create = Method(ws_tickets.create, AsyncConnection.answer)
    """Get a ticket for a WebSocket."""
