"""Operations on feedback, to be sent; made by derive.py from the document."""

from promptevolver_client.aio.connection import AsyncConnection
from promptevolver_client.operations import feedback
from promptevolver_client.resource import Method, Resource


class AsyncFeedback(Resource[AsyncConnection]):
    """Operations on feedback."""

    create = Method(feedback.create, AsyncConnection.answer)
    """Give feedback."""
    delete = Method(feedback.delete, AsyncConnection.answer)
    """Withdraw feedback."""
    get = Method(feedback.get, AsyncConnection.answer)
    """Read feedback."""
    list = Method(feedback.list, AsyncConnection.answer)
    """List feedback."""
    iterate = Method(feedback.list, AsyncConnection.entries)
    """Page by page, all of them: list feedback."""
