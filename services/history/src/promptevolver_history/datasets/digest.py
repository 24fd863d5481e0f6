"""The hash of a content, taken page by page: equal to `dataset_ref` of all its examples at once."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from asyncpg import Record
from promptevolver_contracts.base import canonical
from promptevolver_contracts.datasets import SPLITS, Split
from promptevolver_contracts.ids import DatasetId

from promptevolver_history.database import Session
from promptevolver_history.datasets.items import parts_of

_PAGE_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Digest:
    """What a content is known by."""

    id: DatasetId
    sizes: dict[Split, int]
    inputs: tuple[str, ...]
    """Inputs that every example has"""


class _Digesting:
    def __init__(self) -> None:
        self._hash = hashlib.sha256(b"[")
        self._sizes: dict[Split, int] = dict.fromkeys(SPLITS, 0)
        self._inputs: set[str] | None = None
        self._separator = b""

    def take(self, rows: Sequence[Record]) -> None:
        for row in rows:
            # Just as `Example` would be dumped: that is how items were spelt.
            example = parts_of(row)
            self._hash.update(self._separator + canonical(example))
            self._separator = b","
            split: Split = example["split"]
            self._sizes[split] += 1
            inputs = set(example["inputs"])
            self._inputs = inputs if self._inputs is None else self._inputs & inputs

    def taken(self) -> Digest:
        self._hash.update(b"]")
        return Digest(
            id=DatasetId(self._hash.hexdigest()),
            sizes=self._sizes,
            inputs=tuple(sorted(self._inputs or ())),
        )


async def digested(session: Session, set_id: str) -> Digest:
    """Read a set from end to end, a page at a time."""
    digesting = _Digesting()
    start = 0
    while rows := await session.rows("list_examples", set_id, None, start, _PAGE_ROWS):
        await asyncio.to_thread(digesting.take, rows)
        start = rows[-1]["position"] + 1
    return digesting.taken()
