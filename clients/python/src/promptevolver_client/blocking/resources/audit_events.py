# Made by clients/python/derive.py from the module of the same name in aio.
"""Operations on audit events, to be sent; made by derive.py from the document."""

from promptevolver_client.blocking.connection import Connection
from promptevolver_client.operations import audit_events
from promptevolver_client.resource import Method, Resource


class AuditEvents(Resource[Connection]):
    """Operations on audit events."""

    list = Method(audit_events.list, Connection.answer)
    """Read the audit log."""
    iterate = Method(audit_events.list, Connection.entries)
    """Page by page, all of them: read the audit log."""
