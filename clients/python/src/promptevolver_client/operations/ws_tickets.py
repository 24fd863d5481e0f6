"""Operations on ws tickets; made by derive.py from the document."""

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call


def create() -> Answer[models.TicketAnswer]:
    """Get a ticket for a WebSocket.

    Make a ticket that opens one WebSocket as the caller, within half a minute.

    What the caller may do is looked up again when it is opened.

    Browsers cannot send headers with a WebSocket; other clients can, and need no ticket. What is
    said over the socket is described in `docs/reference/live.md`.
    """
    return Answer(Call("POST", "/api/v1/ws_tickets"), models.TicketAnswer)
