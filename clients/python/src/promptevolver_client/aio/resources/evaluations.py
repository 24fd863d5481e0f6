"""Operations on evaluations, to be sent; made by derive.py from the document."""

from promptevolver_client.aio.connection import AsyncConnection
from promptevolver_client.operations import evaluations
from promptevolver_client.resource import Method, Resource


class AsyncEvaluations(Resource[AsyncConnection]):
    """Operations on evaluations."""

    create = Method(evaluations.create, AsyncConnection.answer)
    """Start an evaluation."""
