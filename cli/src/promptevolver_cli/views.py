"""Runs as they are shown, from the client's answers."""

from collections.abc import AsyncIterator

from promptevolver_client import AsyncClient, models
from promptevolver_contracts.queries import RunView


def view_of(run: models.RunDetail | models.RunItem) -> RunView:
    """Read an answer as the view that is shown of it."""
    return RunView.model_validate(run.model_dump(mode="json", exclude_unset=True))


async def watched(client: AsyncClient, run_id: str) -> AsyncIterator[RunView]:
    """Give a run as it changes, until it has ended."""
    async for run in client.watch(run_id):
        yield view_of(run)
