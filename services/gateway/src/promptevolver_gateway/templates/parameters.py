"""Parameters of templates: what they may be, and how they are filled in; pure.

Values never become templates themselves: a value that would add a placeholder is refused.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from jsonschema import Draft202012Validator
from promptevolver_contracts.errors import FieldError

from promptevolver_gateway.catalogues import parameter_errors

REFERENCE = "$parameter"
"""The key that stands for a parameter as it is, outside of texts."""

_IN_TEXT = re.compile(r"\{\{\s*parameter\.([a-z][a-z0-9_-]{0,63})\s*\}\}")
_PLACEHOLDER = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")

_BOUNDS: dict[str, Any] = {
    "enum": {"type": "array", "minItems": 1, "maxItems": 100},
    "minimum": {"type": "number"},
    "maximum": {"type": "number"},
    "minLength": {"type": "integer", "minimum": 0},
    "maxLength": {"type": "integer", "minimum": 0},
}
_SCALARS = ["string", "integer", "number", "boolean"]
# No references and no patterns: a stranger's schema must neither fetch nor take for ever.
_SCHEMA = Draft202012Validator(
    {
        "type": "object",
        "required": ["type", "default"],
        "additionalProperties": False,
        "properties": {
            "type": {"enum": [*_SCALARS, "array"]},
            "title": {"type": "string", "maxLength": 200},
            "description": {"type": "string", "maxLength": 2000},
            "default": {},
            **_BOUNDS,
            "items": {
                "type": "object",
                "required": ["type"],
                "additionalProperties": False,
                "properties": {"type": {"enum": _SCALARS}, **_BOUNDS},
            },
            "minItems": {"type": "integer", "minimum": 0},
            "maxItems": {"type": "integer", "minimum": 0},
            "uniqueItems": {"type": "boolean"},
        },
    }
)


class Unfillable(ValueError):
    """A template and its parameters do not go together; the text says where and why."""


def schema_errors(parameters: Mapping[str, Any], pointer: str) -> list[FieldError]:
    """Say what is wrong with the parameters that a template declares."""
    errors: list[FieldError] = []
    for name, schema in parameters.items():
        place = f"{pointer}/{name}"
        if not _NAME.fullmatch(name):
            message = "names are lower case letters, digits, '_' and '-'"
            errors.append(FieldError(pointer=place, message=message, code="invalid_name"))
        elif not isinstance(schema, dict):
            errors.append(FieldError(pointer=place, message="give a JSON Schema", code="type"))
        elif wrong := parameter_errors(_SCHEMA, schema, place):
            errors += wrong
        else:
            default = Draft202012Validator(schema).iter_errors(schema["default"])
            errors += [
                FieldError(pointer=f"{place}/default", message=fault.message, code="invalid")
                for fault in default
            ]
    return errors


def value_errors(
    declared: Mapping[str, Any], given: Mapping[str, Any], pointer: str
) -> list[FieldError]:
    """Say what is wrong with the values that a caller gives."""
    schema = {"type": "object", "properties": dict(declared), "additionalProperties": False}
    return parameter_errors(Draft202012Validator(schema), given, pointer)


def with_defaults(declared: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Give every declared parameter a value."""
    return {name: given.get(name, schema["default"]) for name, schema in declared.items()}


def filled(part: Any, values: Mapping[str, Any]) -> Any:
    """Fill in the parameters of a part of a template. Raises Unfillable."""
    match part:
        case str():
            return _text(part, values)
        case dict() if set(part) == {REFERENCE}:
            return _value(str(part[REFERENCE]), values)
        case dict():
            return {name: filled(inner, values) for name, inner in part.items()}
        case list() | tuple():
            return [filled(inner, values) for inner in part]
        case _:
            return part


def _text(text: str, values: Mapping[str, Any]) -> str:
    result = _IN_TEXT.sub(lambda match: _spelt(_value(match[1], values)), text)
    kept = [each for each in _PLACEHOLDER.findall(text) if not _IN_TEXT.fullmatch(each)]
    if _PLACEHOLDER.findall(result) != kept:
        raise Unfillable("a parameter's value must not make a placeholder; leave the braces out")
    return result


def _value(name: str, values: Mapping[str, Any]) -> Any:
    if name not in values:
        known = ", ".join(values) or "none"
        raise Unfillable(f"the template has no parameter '{name}'; it has: {known}")
    return values[name]


def _spelt(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Sequence):
        return ", ".join(_spelt(each) for each in value)
    return json.dumps(value, ensure_ascii=False)
