"""Operations on optimize, to be sent; made by derive.py from the document."""

from promptevolver_client.aio.connection import AsyncConnection
from promptevolver_client.operations import optimize
from promptevolver_client.resource import Method, Resource


class AsyncOptimize(Resource[AsyncConnection]):
    """Operations on optimize."""

    cancel = Method(optimize.cancel, AsyncConnection.answer)
    """Cancel."""
    candidates = Method(optimize.candidates, AsyncConnection.answer)
    """List candidates."""
    iterate_candidates = Method(optimize.candidates, AsyncConnection.entries)
    """Page by page, all of them: list candidates."""
    create = Method(optimize.create, AsyncConnection.answer)
    """Start an optimization."""
    export = Method(optimize.export, AsyncConnection.answer)
    """Export the winner."""
    get = Method(optimize.get, AsyncConnection.answer)
    """Read a run."""
    outcomes = Method(optimize.outcomes, AsyncConnection.answer)
    """List outcomes."""
    iterate_outcomes = Method(optimize.outcomes, AsyncConnection.entries)
    """Page by page, all of them: list outcomes."""
    pause = Method(optimize.pause, AsyncConnection.answer)
    """Pause."""
    resume = Method(optimize.resume, AsyncConnection.answer)
    """Resume."""
    top_up = Method(optimize.top_up, AsyncConnection.answer)
    """Top up."""
