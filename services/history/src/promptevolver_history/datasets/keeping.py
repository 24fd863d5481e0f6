"""Storing items so that what is about to refer to them finds them."""

from collections.abc import Sequence

from promptevolver_history.database import Session
from promptevolver_history.datasets.items import ItemRow, item_columns


async def keep_items(session: Session, items: Sequence[ItemRow]) -> None:
    """Store items, and let nobody sweep them before the transaction ends.

    One that was there may be swept until it is held: it is stored again then.
    """
    hashes = list({item.item_hash for item in items})
    held = -1
    while held < len(hashes):
        await session.rows("insert_items", *item_columns(items))
        held = await session.value("hold_items", hashes)
