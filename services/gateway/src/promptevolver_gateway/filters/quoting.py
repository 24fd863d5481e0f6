"""Names and texts between quotes."""

import json
import re

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_PIECE = re.compile(r"""\\'|\\.|"|[^\\"]+""", re.DOTALL)
_IN_DOUBLE_QUOTES = {"\\'": "'", '"': '\\"'}


def is_name(key: str) -> bool:
    """Whether a key may stand without quotes."""
    return _NAME.fullmatch(key) is not None


def quote(text: str) -> str:
    """Put a text between quotes."""
    return json.dumps(text, ensure_ascii=False)


def unquote(quoted: str) -> str:
    """Give a text without its quotes, single or double; escapes are those of JSON.

    Raises ValueError.
    """
    pieces = _PIECE.findall(quoted[1:-1])
    inner = "".join(_IN_DOUBLE_QUOTES.get(piece, piece) for piece in pieces)
    text: str = json.loads(f'"{inner}"', strict=False)
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("half a character: \\uD800 to \\uDFFF come in pairs")
    return text
