"""Live events of any number of runs over one WebSocket."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, WebSocket
from promptevolver_contracts.errors import ErrorCode
from pydantic import BaseModel, ConfigDict, Field

from promptevolver_gateway.access.credentials import given
from promptevolver_gateway.gateway import PREFIX, Gateway, Parts
from promptevolver_gateway.identity import Identity, allowed
from promptevolver_gateway.live.sockets import Socket
from promptevolver_gateway.origins import refuse_foreign
from promptevolver_gateway.problems import Problem, documented, render

router = APIRouter(prefix=PREFIX, tags=["events"])

NEEDED = "runs:read"


class TicketAnswer(BaseModel):
    """A ticket for one connection."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "ticket": "V2hvIHJlYWRzIHRoaXMgaGFzIHRpbWU",
                    "expires_at": "2026-01-02T03:04:35Z",
                    "path": "/api/v1/ws?ticket=V2hvIHJlYWRzIHRoaXMgaGFzIHRpbWU",
                }
            ]
        }
    )

    ticket: str = Field(description="Good for one connection, at any gateway")
    expires_at: datetime
    path: str = Field(description="Where to open the WebSocket with it")


@router.post(
    "/ws_tickets",
    status_code=201,
    summary="Get a ticket for a WebSocket",
    responses=documented(),
)
async def issue(
    caller: Annotated[Identity, allowed(NEEDED)], request: Request, gateway: Parts
) -> TicketAnswer:
    """Make a ticket that opens one WebSocket as the caller, within half a minute.

    What the caller may do is looked up again when it is opened.

    Browsers cannot send headers with a WebSocket; other clients can, and need no ticket. What is
    said over the socket is described in `docs/reference/live.md`.
    """
    ticket = await gateway.tickets.issue(given(request.headers), caller.project)
    return TicketAnswer(
        ticket=ticket.text,
        expires_at=ticket.until,
        path=f"{PREFIX}/ws?ticket={ticket.text}",
    )


@router.websocket("/ws")
async def connect(websocket: WebSocket) -> None:
    """Carry subscriptions; who may not is told by problem details before the upgrade."""
    gateway: Gateway = websocket.app.state.gateway
    try:
        refuse_foreign(websocket.headers, gateway.settings.cors_origins)
        identity = await _identity(websocket, gateway)
        socket = Socket(
            websocket, gateway.live, identity, gateway.settings, gateway.commands.request
        )
        await socket.serve()
    except Problem as problem:
        await websocket.send_denial_response(render(problem, websocket.url.path))


async def _identity(websocket: WebSocket, gateway: Gateway) -> Identity:
    ticket = websocket.query_params.get("ticket")
    identity: Identity | None = getattr(websocket.state, "identity", None)
    if ticket is not None:
        address = websocket.client.host if websocket.client else ""
        redeemed = await gateway.tickets.redeem(ticket, address)
        gateway.live.seats.check_age(redeemed.identity, redeemed.issued_at)
        identity = redeemed.identity
    if identity is None:
        raise Problem(
            ErrorCode.UNAUTHENTICATED,
            "send a key or token as 'Authorization: Bearer …', or a ticket as '?ticket=…'",
        )
    if NEEDED not in identity.scopes:
        raise Problem(ErrorCode.FORBIDDEN, f"this needs the scope '{NEEDED}'")
    return identity
