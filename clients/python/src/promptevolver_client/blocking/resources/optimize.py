# Made by clients/python/derive.py from the module of the same name in aio.
"""Operations on optimize, to be sent; made by derive.py from the document."""

from promptevolver_client.blocking.connection import Connection
from promptevolver_client.operations import optimize
from promptevolver_client.resource import Method, Resource


class Optimize(Resource[Connection]):
    """Operations on optimize."""

    cancel = Method(optimize.cancel, Connection.answer)
    """Cancel."""
    candidates = Method(optimize.candidates, Connection.answer)
    """List candidates."""
    iterate_candidates = Method(optimize.candidates, Connection.entries)
    """Page by page, all of them: list candidates."""
    create = Method(optimize.create, Connection.answer)
    """Start an optimization."""
    export = Method(optimize.export, Connection.answer)
    """Export the winner."""
    get = Method(optimize.get, Connection.answer)
    """Read a run."""
    outcomes = Method(optimize.outcomes, Connection.answer)
    """List outcomes."""
    iterate_outcomes = Method(optimize.outcomes, Connection.entries)
    """Page by page, all of them: list outcomes."""
    pause = Method(optimize.pause, Connection.answer)
    """Pause."""
    resume = Method(optimize.resume, Connection.answer)
    """Resume."""
    top_up = Method(optimize.top_up, Connection.answer)
    """Top up."""
