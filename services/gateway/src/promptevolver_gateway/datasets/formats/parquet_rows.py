"""Parquet, read a few rows at a time."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from promptevolver_gateway.datasets.faults import Unreadable
from promptevolver_gateway.datasets.formats.rows import Row, require_distinct

_BATCH_ROWS = 500
_GROUP_BYTES = 512_000_000


class ParquetRows:
    """Rows of a Parquet file."""

    closed = True
    texts = False

    def __init__(self, file: BinaryIO) -> None:
        try:
            self._file = pq.ParquetFile(file, pre_buffer=False)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise _broken(error) from error
        described = self._file.metadata
        for place in range(described.num_row_groups):
            if described.row_group(place).total_byte_size > _GROUP_BYTES:
                raise Unreadable(
                    "too_large",
                    f"row group {place} has more than {_GROUP_BYTES} bytes; write smaller groups",
                )
        self.columns = tuple(self._file.schema_arrow.names)
        require_distinct(self.columns)

    def __iter__(self) -> Iterator[Row]:
        number = 0
        try:
            for batch in self._file.iter_batches(batch_size=_BATCH_ROWS, use_threads=False):
                for values in batch.to_pylist():
                    number += 1
                    yield Row(number, None, {name: _plain(values[name]) for name in values})
        except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
            raise _broken(error) from error


def _broken(error: Exception) -> Unreadable:
    return Unreadable("malformed", f"the file cannot be read as Parquet: {error}")


def _plain(value: Any) -> Any:
    """Spell what JSON has no type for."""
    match value:
        case dict():
            plain: Any = {str(name): _plain(each) for name, each in value.items()}
        case list() | tuple():
            plain = [_plain(each) for each in value]
        case datetime() | date() | time():
            plain = value.isoformat()
        case timedelta():
            plain = value.total_seconds()
        case Decimal():
            plain = str(value)
        case bytes():
            plain = value.decode(errors="surrogateescape")
        case _:
            plain = value
    return plain
