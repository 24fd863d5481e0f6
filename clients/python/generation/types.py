"""JSON Schema as Python's types: what the server checks again anyway is left out."""

import keyword
import re
from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

_PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
_FORMATS = {"date-time": "datetime", "binary": "bytes"}
_TAKEN = frozenset(
    {"answered", "of_json", "read", "copy", "json", "dict", "schema", "validate", "construct"}
    | {"list", "str", "int", "float", "bool", "bytes", "datetime", "tuple", "type_"}
)


def class_name(component: str) -> str:
    """Make a component's name a class's."""
    return re.sub(r"\W", "", component.rsplit("__", 1)[-1])


def reference(schema: Schema) -> str:
    """Give the name of the component that a schema refers to."""
    return str(schema["$ref"]).rsplit("/", 1)[-1]


def python_type(schema: Schema, prefix: str = "") -> str:
    """Spell a schema as a type. `prefix` is where the models are."""
    if "$ref" in schema:
        return prefix + class_name(reference(schema))
    if "const" in schema or "enum" in schema:
        values = schema.get("enum", [schema.get("const")])
        return f"Literal[{', '.join(map(repr, values))}]"
    for union in ("anyOf", "oneOf", "allOf"):
        if union in schema:
            return _union(schema[union], prefix)
    return _of_kind(schema, prefix)


def _of_kind(schema: Schema, prefix: str) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        return _union([{**schema, "type": each} for each in kind], prefix)
    if kind == "array":
        return _array(schema, prefix)
    if kind == "object":
        return _mapping(schema, prefix)
    return _FORMATS.get(schema.get("format", ""), _PLAIN.get(str(kind), "Any"))


def _union(schemas: list[Schema], prefix: str) -> str:
    kinds = dict.fromkeys(python_type(each, prefix) for each in schemas)
    return "Any" if "Any" in kinds else " | ".join(sorted(kinds, key=lambda kind: kind == "None"))


def _array(schema: Schema, prefix: str) -> str:
    fixed = schema.get("prefixItems")
    if fixed:
        return f"tuple[{', '.join(python_type(each, prefix) for each in fixed)}]"
    return f"list[{python_type(schema.get('items', {}), prefix)}]"


def _mapping(schema: Schema, prefix: str) -> str:
    values = schema.get("additionalProperties", True)
    return f"dict[str, {'Any' if isinstance(values, bool) else python_type(values, prefix)}]"


def identifier(name: str) -> str:
    """Make a name of the API one of Python's."""
    word = re.sub(r"\W", "_", name.strip("-")).lower().strip("_")
    return f"{word}_" if keyword.iskeyword(word) or word in _TAKEN else word


def docstring(text: str, indent: str) -> str:
    """Spell a docstring; nothing for no text."""
    if not text:
        return ""
    safe = text.strip().replace("\\", "\\\\").replace('"""', "'''")
    lines = [line.rstrip() for line in safe.splitlines()]
    body = "\n".join([lines[0], *(indent + line if line else "" for line in lines[1:])])
    ending = f"\n{indent}" if len(lines) > 1 else ""
    return f'{indent}"""{body}{ending}"""\n'


def classes(components: Mapping[str, Schema]) -> Iterator[str]:
    """Give a class or an alias for each component as code."""
    for name, schema in sorted(components.items(), key=lambda item: class_name(item[0])):
        own = class_name(name)
        if schema.get("type") == "object" and "properties" in schema:
            yield f"\n\nclass {own}(Model):\n"
            yield docstring(schema.get("description", own), "    ")
            for field, about in schema["properties"].items():
                yield _field(field, about, required=field in schema.get("required", ()))
        else:
            yield f"\n\ntype {own} = {python_type(schema)}\n"
            yield docstring(schema.get("description", ""), "")


def _field(name: str, schema: Schema, *, required: bool) -> str:
    own, kind = identifier(name), python_type(schema)
    default = schema.get("default")
    arguments = [f"alias={name!r}"] if own != name else []
    if not required:
        if default is None and "None" not in kind.split(" | ") and kind != "Any":
            kind = f"{kind} | None"
        arguments.insert(0, _default(default, kind))
    spelled = ", ".join(arguments)
    if not arguments:
        line = f"    {own}: {kind}\n"
    elif len(arguments) == 1 and not required and not spelled.startswith("default_factory"):
        line = f"    {own}: {kind} = {spelled}\n"
    else:
        line = f"    {own}: {kind} = Field({spelled})\n"
    return line + docstring(schema.get("description", ""), "    ")


def _default(value: Any, kind: str) -> str:
    if isinstance(value, dict) and kind.isidentifier():
        return f"default_factory=lambda: {kind}.model_validate({value!r})"
    if isinstance(value, list | dict) and value:
        return f"default_factory=lambda: {value!r}"
    if isinstance(value, list | dict):
        return f"default_factory={type(value).__name__}"
    return repr(value)
