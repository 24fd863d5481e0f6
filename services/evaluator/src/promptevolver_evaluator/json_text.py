"""Reading JSON out of what models write. Only RFC 8259 JSON counts: no NaN, no Infinity."""

import json
from typing import Any, NoReturn


def read(text: str) -> Any:
    """Read a text that is JSON and nothing else. Raises ValueError that says where it is not."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def first_object(text: str) -> dict[str, Any]:
    """Find the first JSON object in a text, whatever stands around it.

    Fences and sentences around it are passed over. Raises ValueError when there is none.
    """
    decoder = json.JSONDecoder(parse_constant=_no_constant)
    reason = "no '{' in it"
    start = text.find("{")
    while start >= 0:
        try:
            found: dict[str, Any] = decoder.raw_decode(text, start)[0]
        except ValueError as error:
            reason = str(error)
            start = text.find("{", start + 1)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
        else:
            return found
    raise ValueError(reason)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
