"""What is wrong with a file as a whole, and with rows of it."""

import csv
import io
from collections import Counter
from collections.abc import Iterable

from promptevolver_contracts.errors import FieldError
from pydantic import BaseModel, Field

from promptevolver_gateway.datasets.cells import harmless

KEPT_FAULTS = 1000


class Unreadable(Exception):
    """The file cannot be read as what it is said to be."""

    def __init__(self, code: str, message: str, pointer: str = "/file") -> None:
        super().__init__(message)
        self.fault = FieldError(pointer=pointer, message=message, code=code)


class RowFault(BaseModel):
    """Why a row is refused."""

    row: int = Field(description="Number of the row, from 1, without a header")
    line: int | None = Field(None, description="Line of a text file at which the row begins")
    column: str | None = Field(None, description="Name of the column in the file")
    pointer: str | None = Field(None, description="JSON Pointer into the item")
    code: str = Field(description="Stable name of what is wrong")
    message: str = Field(description="What is wrong and how to mend it")


class Faults:
    """The first faults, and how many there are of each kind."""

    def __init__(self) -> None:
        self.kept: list[RowFault] = []
        self.counts: Counter[str] = Counter()
        self.rows = 0

    def add(self, faults: Iterable[RowFault]) -> None:
        """Count the faults of one row."""
        of_row = list(faults)
        self.counts.update(fault.code for fault in of_row)
        self.kept += of_row[: KEPT_FAULTS - len(self.kept)]
        self.rows += bool(of_row)


def as_csv(faults: Iterable[RowFault]) -> str:
    """Spell faults as a table."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(RowFault.model_fields)
    for fault in faults:
        writer.writerow([harmless(value) for value in fault.model_dump().values()])
    return table.getvalue()
