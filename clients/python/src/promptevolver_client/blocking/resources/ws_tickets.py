# Made by clients/python/derive.py from the module of the same name in aio.
"""Operations on ws tickets, to be sent; made by derive.py from the document."""

from promptevolver_client.blocking.connection import Connection
from promptevolver_client.operations import ws_tickets
from promptevolver_client.resource import Method, Resource


class WsTickets(Resource[Connection]):
    """Operations on ws tickets."""

    create = Method(ws_tickets.create, Connection.answer)
    """Get a ticket for a WebSocket."""
