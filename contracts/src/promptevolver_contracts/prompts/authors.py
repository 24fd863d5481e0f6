"""Who made something."""

from promptevolver_contracts.base import Part


class Author(Part):
    """Who made something, as it is shown."""

    id: str
    name: str = ""
