"""Parquet: columns with types, compressed."""

import io
from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel

from promptevolver_history.exports.columns import Column, Kind

_TYPES: Mapping[Kind, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "time": pa.timestamp("us", tz="UTC"),
    "json": pa.string(),
}
_GROUP_BYTES = 8_000_000
_GROUP_ROWS = 50_000


class ParquetFile:
    """A table in groups of rows; a group is what is held at once."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.notes: list[str] = []
        self._columns = columns
        self._schema = pa.schema([(each.name, _TYPES[each.kind]) for each in columns])
        self._out = io.BytesIO()
        self._writer = pq.ParquetWriter(
            pa.PythonFile(_Growing(self._out), mode="w"), self._schema, compression="zstd"
        )
        self._batches: list[pa.RecordBatch] = []
        self._held = 0
        self._rows = 0

    def write(self, entries: Sequence[BaseModel]) -> bytes:
        arrays = [
            pa.array([column.of(entry) for entry in entries], type=_TYPES[column.kind])
            for column in self._columns
        ]
        batch = pa.record_batch(arrays, schema=self._schema)
        self._batches.append(batch)
        self._held += batch.nbytes
        self._rows += batch.num_rows
        if self._held >= _GROUP_BYTES or self._rows >= _GROUP_ROWS:
            self._group()
        return self._taken()

    def end(self) -> Iterator[bytes]:
        if self._batches:
            self._group()
        self._writer.close()
        yield self._taken()

    def _group(self) -> None:
        table = pa.Table.from_batches(self._batches, schema=self._schema)
        self._writer.write_table(table, row_group_size=_GROUP_ROWS)
        self._batches, self._held, self._rows = [], 0, 0

    def _taken(self) -> bytes:
        data = self._out.getvalue()
        self._out.seek(0)
        self._out.truncate()
        return data


class _Growing:
    """A file that is emptied while it is written, and nevertheless knows how far it is."""

    closed = False

    def __init__(self, out: io.BytesIO) -> None:
        self._out = out
        self._written = 0

    def write(self, data: bytes) -> int:
        self._written += len(data)
        return self._out.write(data)

    def tell(self) -> int:
        return self._written

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def flush(self) -> None:
        """Do nothing: what is written is there."""

    def close(self) -> None:
        """Do nothing: what is written is still to be taken."""
