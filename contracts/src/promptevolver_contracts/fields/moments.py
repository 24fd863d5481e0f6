"""Dates and times in filters."""

from datetime import MAXYEAR, UTC, datetime


def moment(text: str) -> datetime:
    """Read a date or a time in ISO 8601; without an offset it is UTC. Raises ValueError."""
    read = datetime.fromisoformat(text)
    if not 1 < read.year < MAXYEAR:
        raise ValueError(f"no year {read.year}")
    return read if read.tzinfo else read.replace(tzinfo=UTC)
