"""SQL kept in files of this package."""

from importlib.resources import files
from typing import NamedTuple


class Migration(NamedTuple):
    """One step of the schema."""

    version: str
    statements: str


def queries() -> dict[str, str]:
    """Give the queries by file name without its ending."""
    return _folder("queries")


def migrations() -> list[Migration]:
    """Give all migrations in order."""
    return [Migration(*each) for each in sorted(_folder("migrations").items())]


def schema() -> str:
    """Give the whole schema in one piece."""
    return files(__package__).joinpath("schema.sql").read_text("utf-8")


def _folder(name: str) -> dict[str, str]:
    folder = files(__package__).joinpath(name)
    return {
        file.name.removesuffix(".sql"): file.read_text("utf-8")
        for file in folder.iterdir()
        if file.name.endswith(".sql")
    }
