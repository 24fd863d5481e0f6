"""Operations on saved views, to be sent; made by derive.py from the document."""

from promptevolver_client.aio.connection import AsyncConnection
from promptevolver_client.operations import saved_views
from promptevolver_client.resource import Method, Resource


class AsyncSavedViews(Resource[AsyncConnection]):
    """Operations on saved views."""

    create = Method(saved_views.create, AsyncConnection.answer)
    """Save a view."""
    delete = Method(saved_views.delete, AsyncConnection.done)
    """Delete a saved view."""
    get = Method(saved_views.get, AsyncConnection.answer)
    """Read a saved view."""
    list = Method(saved_views.list, AsyncConnection.answer)
    """List saved views."""
    iterate = Method(saved_views.list, AsyncConnection.entries)
    """Page by page, all of them: list saved views."""
    put = Method(saved_views.put, AsyncConnection.answer)
    """Change a saved view."""
