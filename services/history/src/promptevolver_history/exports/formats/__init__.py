"""The formats of files."""

from collections.abc import Callable, Mapping, Sequence

from promptevolver_contracts.jobs import ExportFormat

from promptevolver_history.exports.columns import Column
from promptevolver_history.exports.formats.csv_file import CsvFile
from promptevolver_history.exports.formats.file import File
from promptevolver_history.exports.formats.jsonl_file import JsonlFile
from promptevolver_history.exports.formats.parquet_file import ParquetFile
from promptevolver_history.exports.formats.xlsx_file import XlsxFile

MEDIA_TYPES: Mapping[ExportFormat, str] = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl.gz": "application/gzip",
}
FILES: Mapping[ExportFormat, Callable[[Sequence[Column]], File]] = {
    "csv": CsvFile,
    "jsonl": JsonlFile,
    "parquet": ParquetFile,
    "xlsx": XlsxFile,
}
