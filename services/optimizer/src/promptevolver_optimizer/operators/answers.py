"""Reading answers of the reflecting model."""

import re

_FENCED = re.compile(r"^[ \t]*```[^\n`]*\n(.*)\n?[ \t]*```", re.DOTALL | re.MULTILINE)
_TAGGED = re.compile(r"<START>(.*?)<END>", re.DOTALL | re.IGNORECASE)


def fenced(answer: str) -> str | None:
    """Give the text between the first and the last fence, so that fences inside it survive.

    None when there is no pair of fences or nothing between them: an answer that was cut off has no
    closing fence and is not usable.
    """
    match = _FENCED.search(answer)
    return (match[1].strip() or None) if match else None


def tagged(answer: str) -> tuple[str, ...]:
    """Give the texts between <START> and <END> in order, without empty and repeated ones."""
    texts = (text.strip() for text in _TAGGED.findall(answer))
    return tuple(dict.fromkeys(text for text in texts if text))
