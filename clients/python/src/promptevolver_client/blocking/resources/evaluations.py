# Made by clients/python/derive.py from the module of the same name in aio.
"""Operations on evaluations, to be sent; made by derive.py from the document."""

from promptevolver_client.blocking.connection import Connection
from promptevolver_client.operations import evaluations
from promptevolver_client.resource import Method, Resource


class Evaluations(Resource[Connection]):
    """Operations on evaluations."""

    create = Method(evaluations.create, Connection.answer)
    """Start an evaluation."""
