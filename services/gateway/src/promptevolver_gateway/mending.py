"""What validators object to, in words that name the mend; pure."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from jsonschema.exceptions import ValidationError as SchemaFault
from promptevolver_contracts.errors import FieldError
from pydantic import BaseModel

type Known = Callable[[Sequence[int | str]], Sequence[str]]
_LISTED = 30
"""Names that a message lists at most"""
_SPELT = 200
_PATTERNS = {
    r"^[A-Za-z0-9_-]{1,64}$": "give 1 to 64 letters, digits, '_' and '-'",
    r"^[a-z][a-z0-9_-]{0,63}$": (
        "give 1 to 64 small letters, digits, '_' and '-', the first of them a letter"
    ),
    r"^[0-9a-f]{64}$": "give the 64 hexadecimal digits of a content_id",
    r"^[^\x00]*$": "the character NUL cannot be stored; take it out",
    r"^[^\x00]+$": "the character NUL cannot be stored; take it out",
    r"^[^@\s]+@[^@\s]+$": "give an e-mail address, such as ada@example.org",
    r"^(expected|(inputs|metadata)\.[^\x00]+)$": (
        "give 'expected', 'inputs.NAME' or 'metadata.NAME'"
    ),
}


def field_errors(
    errors: Iterable[Any], prefix: str = "", known: Known = lambda _: ()
) -> list[FieldError]:
    """Turn pydantic's errors into pointers into the request; `known` gives a place's fields."""
    found = []
    for error in errors:
        expected = str((error.get("ctx") or {}).get("expected", ""))
        beside = known(error["loc"]) if error["type"] == "extra_forbidden" else ()
        found.append(
            FieldError(
                pointer=prefix + "".join(map(_step, _of_body(error["loc"]))),
                message=words(error, beside),
                code=str(error["type"]),
                allowed=tuple(beside or re.findall(r"'([^']*)'", expected)) or None,
            )
        )
    return found


def _of_body(loc: Sequence[int | str]) -> Sequence[int | str]:
    return loc[1:] if loc and loc[0] == "body" else loc


def words(error: Mapping[str, Any], known: Sequence[str] = ()) -> str:
    """Say what is wrong by one of pydantic's errors; `known` are the names that would be right."""
    bounds = error.get("ctx") or {}
    match error["type"]:
        case "missing":
            said = "it is missing; add it"
        case "extra_forbidden":
            said = unknown("there is no such field", str(error["loc"][-1]), known)
        case "tuple_type" | "list_type":
            said = "it must be a list, in brackets even when it holds one"
        case "too_short":
            said = _too_few(bounds["actual_length"], bounds["min_length"])
        case "string_pattern_mismatch":
            said = _PATTERNS.get(str(bounds.get("pattern")), str(error["msg"]))
        case "timezone_aware":
            said = "it names no time zone; write it as in 2030-01-01T00:00:00Z"
        case _:
            said = str(error["msg"]).removeprefix("Value error, ")
    return said


def _too_few(count: int, least: int) -> str:
    return f"{count} entries are too few; give at least {least}"


def unknown(what: str, name: str, known: Sequence[str]) -> str:
    """Say that nothing has a name, and which one may have been meant."""
    near = get_close_matches(name.lower(), known, n=1)
    if near:
        return f"{what}; did you mean '{near[0]}'?"
    if known and len(known) <= _LISTED:
        return f"{what}; there are: {', '.join(known)}"
    return f"{what}; take it out"


def schema_fault(fault: SchemaFault) -> tuple[str, str]:
    """Give where a value does not meet a JSON Schema, as a pointer, and what is wrong in words."""
    pointer = "".join(map(_step, fault.absolute_path))
    demand: Any = fault.validator_value
    within: Any = fault.schema
    instance: Any = fault.instance
    match fault.validator:
        case "additionalProperties" if demand is False and "patternProperties" not in within:
            known = sorted(within.get("properties", {}))
            name = next((str(each) for each in instance if each not in known), "")
            return pointer + _step(name), unknown("there is no such field", name, known)
        case "required":
            # The fault is about one name, which it tells in its message alone.
            name = next((each for each in demand if fault.message.startswith(repr(each))), "")
            return pointer + _step(name), "it is missing; add it"
        case "enum":
            choices = ", ".join(map(spelt, demand[:_LISTED]))
            return pointer, f"{spelt(instance)} is not one of {choices}"
        case "type":
            kinds = " or ".join(demand) if isinstance(demand, list) else demand
            return pointer, f"{spelt(instance)} is not of type {kinds}"
        case "minItems":
            return pointer, _too_few(len(instance), demand)
        case _:
            return pointer, str(fault.message)


def _step(name: str | int) -> str:
    return "/" + str(name).replace("~", "~0").replace("/", "~1")


def spelt(value: Any) -> str:
    """Spell a value as JSON has it, not at length."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SPELT else f"{text[:_SPELT]}…"


def siblings(annotation: Any, loc: Sequence[int | str]) -> tuple[str, ...]:
    """Give the fields that a body has beside the one at `loc`."""
    models = list(_models(annotation))
    for step in loc[:-1]:
        if any(step in model.model_fields for model in models):
            models = [
                inner
                for model in models
                if step in model.model_fields
                for inner in _models(model.model_fields[str(step)].annotation)
            ]
    return tuple(dict.fromkeys(name for model in models for name in model.model_fields))


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for each in get_args(annotation):
        yield from _models(each)
