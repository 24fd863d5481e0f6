"""One JSON object a line, as the API gives it."""

from collections.abc import Iterator, Sequence

from pydantic import BaseModel

from promptevolver_history.exports.columns import Column, included


class JsonlFile:
    """Entries in full: nothing is flattened, nothing is cut."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.notes: list[str] = []
        self._included = included(columns)

    def write(self, entries: Sequence[BaseModel]) -> bytes:
        lines = (each.model_dump_json(include=self._included) for each in entries)
        return "".join(f"{line}\n" for line in lines).encode()

    def end(self) -> Iterator[bytes]:
        yield b""
