"""Operations on audit events, to be sent; made by derive.py from the document."""

from promptevolver_client.aio.connection import AsyncConnection
from promptevolver_client.operations import audit_events
from promptevolver_client.resource import Method, Resource


class AsyncAuditEvents(Resource[AsyncConnection]):
    """Operations on audit events."""

    list = Method(audit_events.list, AsyncConnection.answer)
    """Read the audit log."""
    iterate = Method(audit_events.list, AsyncConnection.entries)
    """Page by page, all of them: read the audit log."""
