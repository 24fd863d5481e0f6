"""Tables in Markdown, and JSON Schemas in a few words."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

GENERATED = "<!-- Made by `make schemas`; change the code that it describes instead. -->\n"
_BOUNDS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "above {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "below {}",
}


def title(text: str) -> str:
    """Open a page."""
    return f"# {text}\n\n{GENERATED}"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Draw a table. Nothing to show is an empty text."""
    body = [_row(row) for row in rows]
    names = list(head)
    return "\n".join([_row(names), _row("---" for _ in names), *body]) + "\n" if body else ""


def code(text: str) -> str:
    """Set in code, also when it holds a bar."""
    return f"`{text}`"


def value(plain: Any) -> str:
    """Spell a default as JSON."""
    return code(json.dumps(plain, ensure_ascii=False))


def parameters(schema: Mapping[str, Any]) -> str:
    """Draw the table of an object's properties."""
    required = set(schema.get("required", ()))
    definitions = schema.get("$defs", {})
    return table(
        ("Name", "Type", "Default", "Meaning"),
        (
            (
                code(name),
                kind(part, definitions),
                "required" if name in required else value(part.get("default")),
                part.get("description", ""),
            )
            for name, part in schema.get("properties", {}).items()
        ),
    )


def kind(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """Say in words which values a schema takes."""
    if "$ref" in schema:
        return kind(definitions[schema["$ref"].removeprefix("#/$defs/")], definitions)
    if "anyOf" in schema:
        choices = [kind(choice, definitions) for choice in schema["anyOf"]]
        return " or ".join(choice for choice in choices if choice != "null")
    if "const" in schema:
        return value(schema["const"])
    if "enum" in schema:
        return ", ".join(code(str(each)) for each in schema["enum"])
    if schema.get("type") == "array":
        inner = kind(schema.get("items", {}), definitions)
        return f"list of {inner}"
    return " ".join([schema.get("type", "anything"), *_bounds(schema)]).strip()


def _bounds(schema: Mapping[str, Any]) -> list[str]:
    said = [text.format(schema[key]) for key, text in _BOUNDS.items() if key in schema]
    return [", ".join(said)] if said else []


def _row(cells: Iterable[str]) -> str:
    spelt = (" ".join(cell.split()).replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(spelt)} |"
