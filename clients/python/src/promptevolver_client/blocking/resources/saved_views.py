# Made by clients/python/derive.py from the module of the same name in aio.
"""Operations on saved views, to be sent; made by derive.py from the document."""

from promptevolver_client.blocking.connection import Connection
from promptevolver_client.operations import saved_views
from promptevolver_client.resource import Method, Resource


class SavedViews(Resource[Connection]):
    """Operations on saved views."""

    create = Method(saved_views.create, Connection.answer)
    """Save a view."""
    delete = Method(saved_views.delete, Connection.done)
    """Delete a saved view."""
    get = Method(saved_views.get, Connection.answer)
    """Read a saved view."""
    list = Method(saved_views.list, Connection.answer)
    """List saved views."""
    iterate = Method(saved_views.list, Connection.entries)
    """Page by page, all of them: list saved views."""
    put = Method(saved_views.put, Connection.answer)
    """Change a saved view."""
