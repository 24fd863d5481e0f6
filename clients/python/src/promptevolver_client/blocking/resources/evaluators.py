# Made by clients/python/derive.py from the module of the same name in aio.
"""Operations on evaluators, to be sent; made by derive.py from the document."""

from promptevolver_client.blocking.connection import Connection
from promptevolver_client.operations import evaluators
from promptevolver_client.resource import Method, Resource


class Evaluators(Resource[Connection]):
    """Operations on evaluators."""

    agreement = Method(evaluators.agreement, Connection.answer)
    """Compare a metric with people."""
    bench = Method(evaluators.bench, Connection.answer)
    """Try an evaluator."""
    get = Method(evaluators.get, Connection.answer)
    """Read an evaluator."""
    list = Method(evaluators.list, Connection.answer)
    """List evaluators."""
