"""SQL kept in files of this package."""

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple


class Migration(NamedTuple):
    """One step of the schema."""

    version: str
    statements: str


def queries() -> dict[str, str]:
    """Give the queries by file name without its ending, whatever folder they lie in."""
    return _folder("queries")


def migrations() -> list[Migration]:
    """Give all migrations in order."""
    return [Migration(*each) for each in sorted(_folder("migrations").items())]


def schema() -> str:
    """Give the whole schema in one piece."""
    return "\n".join(text for _, text in sorted(_folder("schema").items()))


def _folder(name: str) -> dict[str, str]:
    texts: dict[str, str] = {}
    for file in _sql_files(files(__package__).joinpath(name)):
        stem = file.name.removesuffix(".sql")
        if stem in texts:
            raise ValueError(f"two files in {name} are called {file.name}; rename one")
        texts[stem] = file.read_text("utf-8")
    return texts


def _sql_files(folder: Traversable) -> Iterator[Traversable]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _sql_files(entry)
        elif entry.name.endswith(".sql"):
            yield entry
