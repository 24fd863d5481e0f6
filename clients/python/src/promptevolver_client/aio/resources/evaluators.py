"""Operations on evaluators, to be sent; made by derive.py from the document."""

from promptevolver_client.aio.connection import AsyncConnection
from promptevolver_client.operations import evaluators
from promptevolver_client.resource import Method, Resource


class AsyncEvaluators(Resource[AsyncConnection]):
    """Operations on evaluators."""

    agreement = Method(evaluators.agreement, AsyncConnection.answer)
    """Compare a metric with people."""
    bench = Method(evaluators.bench, AsyncConnection.answer)
    """Try an evaluator."""
    get = Method(evaluators.get, AsyncConnection.answer)
    """Read an evaluator."""
    list = Method(evaluators.list, AsyncConnection.answer)
    """List evaluators."""
