# Made by clients/python/derive.py from the module of the same name in aio.
"""Operations on feedback, to be sent; made by derive.py from the document."""

from promptevolver_client.blocking.connection import Connection
from promptevolver_client.operations import feedback
from promptevolver_client.resource import Method, Resource


class Feedback(Resource[Connection]):
    """Operations on feedback."""

    create = Method(feedback.create, Connection.answer)
    """Give feedback."""
    delete = Method(feedback.delete, Connection.answer)
    """Withdraw feedback."""
    get = Method(feedback.get, Connection.answer)
    """Read feedback."""
    list = Method(feedback.list, Connection.answer)
    """List feedback."""
    iterate = Method(feedback.list, Connection.entries)
    """Page by page, all of them: list feedback."""
