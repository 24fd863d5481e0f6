"""Write the examples anew, over a database that is gone afterwards."""

import asyncio
import logging
import tempfile
from pathlib import Path

import asyncpg
import structlog
from promptevolver_history.migrations import migrate

from support.postgres import embedded_server
from support.story.pages import pages, write
from support.story.tale import tell


async def _written(url: str) -> None:
    connection = await asyncpg.connect(url)
    await migrate(connection)
    await connection.close()
    write(pages(await tell(url)))


def main() -> None:
    """Tell the story and write down what was shown."""
    quiet = structlog.make_filtering_bound_logger(logging.WARNING)
    structlog.configure(wrapper_class=quiet)
    with (
        tempfile.TemporaryDirectory(prefix="pe-story-") as folder,
        embedded_server(Path(folder) / "data") as url,
    ):
        asyncio.run(_written(url))


if __name__ == "__main__":
    main()
