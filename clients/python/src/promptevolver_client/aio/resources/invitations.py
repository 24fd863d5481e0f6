"""Operations on invitations, to be sent; made by derive.py from the document."""

from promptevolver_client.aio.connection import AsyncConnection
from promptevolver_client.operations import invitations
from promptevolver_client.resource import Method, Resource


class AsyncInvitations(Resource[AsyncConnection]):
    """Operations on invitations."""

    create = Method(invitations.create, AsyncConnection.answer)
    """Invite somebody."""
    delete = Method(invitations.delete, AsyncConnection.done)
    """Withdraw an invitation."""
    list = Method(invitations.list, AsyncConnection.answer)
    """List invitations."""
    iterate = Method(invitations.list, AsyncConnection.entries)
    """Page by page, all of them: list invitations."""
