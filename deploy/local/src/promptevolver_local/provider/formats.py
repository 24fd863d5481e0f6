"""Answer formats that a prompt may ask for."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

type Wrapper = Callable[[Sequence[str]], str]

_MARKER = re.compile(r"\[\[ ## (\w+) ## \]\]")
_XML_ASK = re.compile(
    r"(?:within|between|inside|\bin\b|wrap\w*|enclos\w*|bracket\w*|\busing|\bwith\b)"
    r"[^.\n]{0,60}?<(\w+)>",
    re.IGNORECASE,
)
_JSON_ASK = re.compile(
    r'"(\w*(?:prompt|instruction|critique|feedback|persona|candidates?|variants?)\w*)"\s*:'
    r"|\b(?:key|field)\s+[\"'`](\w+)[\"'`]",
    re.IGNORECASE,
)
_FENCE_ASK = re.compile(
    r"(?:within|in|inside|between)\s[^.\n]{0,30}```|```\s*blocks?", re.IGNORECASE
)


def asked_markers(text: str) -> list[str]:
    """Return the output fields of a prompt that asks for `[[ ## field ## ]]` sections."""
    ask = text.rpartition("Respond with the corresponding output fields")
    return [name for name in _MARKER.findall(ask[2]) if name != "completed"] if ask[1] else []


def render_markers(values: dict[str, str]) -> str:
    sections = [f"[[ ## {name} ## ]]\n{value}" for name, value in values.items()]
    return "\n\n".join([*sections, "[[ ## completed ## ]]"])


def wrapper(frame: str, schema: dict[str, Any] | None) -> Wrapper:
    """Return the function that writes texts in the format for which the frame asks."""
    if schema is not None:
        return lambda texts: json.dumps(from_schema(schema, list(texts)))
    if "<START>" in frame:
        return lambda texts: "\n".join(f"<START>{text}<END>" for text in texts)
    if markers := asked_markers(frame):
        return lambda texts: render_markers(dict.fromkeys(markers, "\n".join(texts)))
    return _looser_wrapper(frame)


def _looser_wrapper(frame: str) -> Wrapper:
    if tag := _XML_ASK.search(frame):
        return lambda texts: "\n".join(f"<{tag[1]}>\n{text}\n</{tag[1]}>" for text in texts)
    if "json" in frame.lower() and (key := _JSON_ASK.search(frame)):
        name = key[1] or key[2]
        return lambda texts: json.dumps({name: texts[0] if len(texts) == 1 else list(texts)})
    if _FENCE_ASK.search(frame):
        return lambda texts: "\n\n".join(f"```\n{text}\n```" for text in texts)
    return "\n".join


def from_schema(schema: dict[str, Any], texts: list[str]) -> Any:
    """Build a value that follows the schema, with the texts where strings are wanted."""
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            properties = schema.get("properties", {})
            return {name: from_schema(inner, texts) for name, inner in properties.items()}
        case "array":
            return [from_schema(schema.get("items", {}), [text]) for text in texts]
        case "number" | "integer":
            return schema.get("minimum", 0)
        case "boolean":
            return False
        case _:
            return "\n".join(texts)
