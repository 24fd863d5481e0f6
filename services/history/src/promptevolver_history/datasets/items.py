"""What an example consists of, and the hashes by which items are found equal or alike; pure."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from asyncpg import Record
from promptevolver_contracts.base import canonical
from promptevolver_contracts.dataset_library import DraftExample, Item
from promptevolver_contracts.datasets import Example
from promptevolver_contracts.errors import ErrorCode

from promptevolver_history.datasets.failures import failed

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_APART = re.compile(r"[\W_]+")
_EMPTY: tuple[object, ...] = (None, "", [], {})


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A row of `example_items`, its fields in the order of the queries that write them."""

    item_hash: bytes
    body: str
    cluster: str | None
    size: int
    inputs_hash: bytes
    expected_hash: bytes
    likeness: bytes
    expected_empty: bool


def item_row(example: Example | DraftExample) -> ItemRow:
    """Describe the content of an example: all of it but its id and split.

    The body is spelt as it was said; hashes are of the canonical form.
    """
    parts = example.model_dump(mode="json", exclude={"id", "split", "row"})
    body = json.dumps(parts, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return ItemRow(
        item_hash=_sha(canonical(parts)),
        body=body,
        cluster=example.cluster,
        size=len(body.encode()),
        inputs_hash=_sha(canonical(example.inputs)),
        expected_hash=_sha(canonical(example.expected)),
        likeness=_sha(normalised(example.inputs).encode()),
        expected_empty=example.expected in _EMPTY,
    )


def item_columns(rows: Sequence[ItemRow]) -> list[list[Any]]:
    """Turn rows into columns, as queries with `unnest` take them."""
    return [[getattr(row, field.name) for row in rows] for field in fields(ItemRow)]


def _sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def normalised(inputs: Any) -> str:
    """Spell inputs so that case, punctuation, accents of spelling and spaces do not matter."""
    text = unicodedata.normalize("NFKC", "\x1f".join(_texts(inputs))).casefold()
    return _APART.sub(" ", text).strip()


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name in sorted(value):
            yield from _texts(value[name])
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
    else:
        yield str(value)


def example_of(row: Record) -> Example:
    """Put an example together again."""
    return Example.model_validate(parts_of(row))


def item_of(row: Record) -> Item:
    """Put an item together again."""
    return Item.model_validate(parts_of(row) | {"sealed": row["sealed"]})


def parts_of(row: Record) -> dict[str, Any]:
    """Give what an example says, as plain values."""
    # What was stored before items were shared holds an id and a split of its own.
    parts: dict[str, Any] = json.loads(row["example"])
    return parts | {"id": row["example_id"], "split": row["split"]}


def require_storable(examples: Iterable[Example | DraftExample]) -> None:
    """Raise QueryFailed for the character NUL, which columns and JSON functions refuse."""
    for example in examples:
        if _NUL.search(example.model_dump_json().encode()):
            detail = f"item {example.id!r} holds the character NUL; take it out"
            raise failed(ErrorCode.INVALID_REQUEST, detail)
