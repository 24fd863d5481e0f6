"""Words for the full-text search: the same for what is kept and for what is asked."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

_BETWEEN = re.compile(r"[\W_]+")


def words(text: str) -> list[str]:
    """Split a text into words without case: whatever is no letter or digit separates."""
    return [word for word in _BETWEEN.split(text.casefold()) if word]


def texts(value: Any) -> Iterator[str]:
    """Give every text within a JSON value, but no keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts(each)


def joined(said: Iterable[str]) -> str:
    """Give all words of some texts, each once, in the order of their coming."""
    return " ".join(dict.fromkeys(word for text in said for word in words(text)))
