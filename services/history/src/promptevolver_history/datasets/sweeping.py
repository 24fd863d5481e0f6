"""Deleting what nothing refers to any more: a batch at a time, by index, beside everything else.

An item that is found loose is locked first, and looked at again after that: who refers to it in
the meantime has either committed, which is seen then, or has to wait and stores it anew (see
`keeping`). Should both fail, the foreign key refuses the deletion.
"""

import asyncio

import structlog

from promptevolver_history.database import AWAY, Database, Session
from promptevolver_history.metrics import SWEPT

log = structlog.get_logger(__name__)

INTERRUPTED_S = 3600.0
"""An upload that nobody has added to for so long was interrupted."""
UNFINISHED_S = 86_400.0
"""A content of which no page has come for so long will not be sent to its end."""
_ITEMS = 2000
_ROWS = 20_000
_REST_S = 3600.0
"""Between the end of one pass over all items and the next."""
_PAUSE_S = 1.0
_IDLE_S = 60.0


class Sweeper:
    """Sweeps for as long as it runs. Replicas share the work: one has each batch at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Work until cancelled; the database may be away for a while."""
        while True:
            busy = False
            try:
                busy = await self.round()
            except AWAY as error:
                log.warning("sweeping waits for the database", error=repr(error))
            except Exception:  # whatever one batch breaks must not end the service
                log.exception("not swept, trying again")
            await asyncio.sleep(_PAUSE_S if busy else _IDLE_S)

    async def round(self) -> bool:
        """Sweep a batch of everything; whether there may be more at once."""
        busy = [
            await self._sweep_items(),
            await self._empty("uploads", "upload", INTERRUPTED_S),
            await self._empty("contents", "content", UNFINISHED_S),
        ]
        return any(busy)

    async def _sweep_items(self) -> bool:
        """Delete the loose ones among the next items, in the order of their hashes."""
        async with self._database.transaction() as session:
            after = await session.value("claim_sweep", "items")
            if after is None:
                return False
            page = [row[0] for row in await session.rows("list_items_to_sweep", after, _ITEMS)]
            swept = await _deleted(session, page)
            more = len(page) == _ITEMS
            last, rest_s = (page[-1], 0.0) if more else (b"", _REST_S)
            await session.rows("advance_sweep", "items", last, rest_s)
        _count("items", swept)
        return more

    async def _empty(self, what: str, one: str, age_s: float) -> bool:
        """Delete rows of what was left behind longest ago, and with the last of them itself."""
        async with self._database.transaction() as session:
            name = await session.value(f"claim_abandoned_{one}", age_s)
            if name is None:
                return False
            rows: int = await session.value(f"delete_rows_of_{one}", name, _ROWS)
            if rows < _ROWS:
                await session.rows(f"delete_abandoned_{one}", name)
        _count(what, int(rows < _ROWS))
        return True


async def _deleted(session: Session, hashes: list[bytes]) -> int:
    loose = [row[0] for row in await session.rows("lock_loose_items", hashes)]
    if not loose:
        return 0
    count: int = await session.value("delete_loose_items", loose)
    return count


def _count(what: str, swept: int) -> None:
    if swept:
        SWEPT.labels(what).inc(swept)
        log.info("swept", what=what, count=swept)
