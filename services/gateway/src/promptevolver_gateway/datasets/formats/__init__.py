"""Files as rows, whatever their format; a page of a file in memory at most."""

from collections.abc import Iterator
from typing import BinaryIO, Literal, Protocol, get_args

from promptevolver_gateway.datasets.faults import Unreadable
from promptevolver_gateway.datasets.formats.csv_rows import CsvRows
from promptevolver_gateway.datasets.formats.jsonl_rows import JsonlRows
from promptevolver_gateway.datasets.formats.parquet_rows import ParquetRows
from promptevolver_gateway.datasets.formats.rows import Row

FileFormat = Literal["csv", "jsonl", "parquet"]
FORMATS: tuple[FileFormat, ...] = get_args(FileFormat)

MEDIA_TYPES: dict[str, FileFormat] = {
    "text/csv": "csv",
    "application/csv": "csv",
    "text/tab-separated-values": "csv",
    "application/x-ndjson": "jsonl",
    "application/ndjson": "jsonl",
    "application/jsonl": "jsonl",
    "application/x-jsonlines": "jsonl",
    "application/vnd.apache.parquet": "parquet",
    "application/x-parquet": "parquet",
    "application/parquet": "parquet",
}


class Rows(Protocol):
    """The rows of a file."""

    columns: tuple[str, ...]
    """In the order of the file; of JSONL, those of the first rows"""
    closed: bool
    """Whether no row may have other columns"""
    texts: bool
    """Whether every value is a text"""

    def __iter__(self) -> Iterator[Row]: ...


def rows_of(file: BinaryIO, file_format: FileFormat, delimiter: str | None) -> Rows:
    """Open a file. Raises Unreadable."""
    match file_format:
        case "csv":
            return CsvRows(file, delimiter)
        case "jsonl":
            return JsonlRows(file)
        case "parquet":
            return ParquetRows(file)


def format_of(named: FileFormat | None, content_type: str | None) -> FileFormat:
    """Give the format that is named, else that of the media type. Raises Unreadable."""
    media_type = (content_type or "").partition(";")[0].strip().lower()
    found = named or MEDIA_TYPES.get(media_type)
    if found is None:
        raise Unreadable(
            "unknown_format",
            f"the content type {media_type or 'is missing'!r} names no format; send the file "
            "itself as the body, with text/csv, application/x-ndjson or "
            "application/vnd.apache.parquet, or say format=csv, jsonl or parquet",
            "/query/format",
        )
    return found
