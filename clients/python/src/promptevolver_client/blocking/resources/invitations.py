# Made by clients/python/derive.py from the module of the same name in aio.
"""Operations on invitations, to be sent; made by derive.py from the document."""

from promptevolver_client.blocking.connection import Connection
from promptevolver_client.operations import invitations
from promptevolver_client.resource import Method, Resource


class Invitations(Resource[Connection]):
    """Operations on invitations."""

    create = Method(invitations.create, Connection.answer)
    """Invite somebody."""
    delete = Method(invitations.delete, Connection.done)
    """Withdraw an invitation."""
    list = Method(invitations.list, Connection.answer)
    """List invitations."""
    iterate = Method(invitations.list, Connection.entries)
    """Page by page, all of them: list invitations."""
