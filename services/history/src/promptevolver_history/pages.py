"""Pages that fit into a message."""

from collections.abc import Sequence

from promptevolver_contracts.streams import KIB, MESSAGE_BYTES
from pydantic import BaseModel

PAGE_BYTES = MESSAGE_BYTES - 4 * KIB
"""Room for the items; the rest is the answer's own."""


def fitting[T: BaseModel](items: Sequence[T]) -> tuple[T, ...]:
    """Give the first items that fit together: at least one, when there is any."""
    room = PAGE_BYTES
    for count, item in enumerate(items):
        room -= len(item.model_dump_json().encode()) + 1
        if room < 0:
            return tuple(items[: max(count, 1)])
    return tuple(items)
