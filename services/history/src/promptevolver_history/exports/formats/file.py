"""What all formats have in common."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from pydantic import BaseModel


class File(Protocol):
    """A file that grows by entries. It holds no more than a few of them."""

    notes: list[str]
    """What its reader should know of it"""

    def write(self, entries: Sequence[BaseModel]) -> bytes:
        """Add entries and give what the file grew by."""

    def end(self) -> Iterator[bytes]:
        """Give the rest of the file, piece by piece."""
