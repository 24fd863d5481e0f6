"""Golden samples: what was once written on the bus is read for ever."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from promptevolver_contracts.documents import (
    EVENTS,
    MANIFEST,
    message_schemas,
    messages,
    read_manifest,
)
from promptevolver_contracts.facts import FactBase
from pydantic import BaseModel

SCHEMAS = Path(__file__).parents[2] / "contracts" / "schemas"
MESSAGES = messages()
MESSAGE_SCHEMAS = message_schemas()
LISTED = read_manifest((SCHEMAS / MANIFEST).read_text("utf-8"))


def message_of(sample: str) -> str:
    return sample.split(".", 1)[0]


def read(sample: str) -> Any:
    return json.loads((SCHEMAS / "samples" / sample).read_text("utf-8"))


def keeps(before: Any, after: Any) -> bool:
    """Whether nothing that was said is lost; later fields may be there as well."""
    if isinstance(before, dict):
        return isinstance(after, dict) and all(
            name in after and keeps(value, after[name]) for name, value in before.items()
        )
    if isinstance(before, list):
        return (
            isinstance(after, list)
            and len(before) == len(after)
            and all(keeps(old, new) for old, new in zip(before, after, strict=True))
        )
    return bool(before == after)


@pytest.mark.parametrize("sample", LISTED)
def test_a_listed_sample_is_there_unchanged(sample: str) -> None:
    content = (SCHEMAS / "samples" / sample).read_bytes()
    assert hashlib.sha256(content).hexdigest() == LISTED[sample]


def test_every_sample_is_listed() -> None:
    assert {path.name for path in (SCHEMAS / "samples").iterdir()} == set(LISTED)


@pytest.mark.parametrize("sample", LISTED)
def test_a_sample_keeps_its_meaning(sample: str) -> None:
    adapter = MESSAGES[message_of(sample)]
    written = read(sample)
    again = adapter.dump_python(adapter.validate_json(json.dumps(written)), mode="json")
    assert keeps(written, again)


@pytest.mark.parametrize("sample", LISTED)
def test_a_sample_meets_its_schema(sample: str) -> None:
    jsonschema.Draft202012Validator(MESSAGE_SCHEMAS[message_of(sample)]).validate(read(sample))


def test_every_message_has_a_sample() -> None:
    assert {message_of(sample) for sample in LISTED} == set(MESSAGES)


def test_every_fact_type_has_a_sample() -> None:
    known = MESSAGE_SCHEMAS["fact"]["discriminator"]["mapping"]
    assert {read(s)["type"] for s in LISTED if message_of(s) == "fact"} == set(known)


def test_every_optional_part_is_in_some_sample() -> None:
    said: set[tuple[str, str]] = set()
    for sample in LISTED:
        adapter = MESSAGES[message_of(sample)]
        said |= set(spoken(adapter.validate_json(json.dumps(read(sample)))))
    known = {pair for schema in MESSAGE_SCHEMAS.values() for pair in fields(schema)}
    assert known - said == set()


def fields(schema: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Give the properties of every model in a schema, by the model's name."""
    for model in (schema, *schema.get("$defs", {}).values()):
        for name in model.get("properties", {}):
            yield owner(model["title"].partition("[")[0].partition("_")[0], name), name


def owner(model: str, field: str) -> str:
    """Name the model that declares a field: what all facts share is shared."""
    facts = {fact.__name__ for fact in FactBase.__subclasses__()}
    return "FactBase" if model in facts and field in FactBase.model_fields else model


def spoken(value: Any) -> Iterator[tuple[str, str]]:
    """Give the fields that a message really fills."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            inner = getattr(value, name)
            if inner not in (None, (), {}, ""):
                yield owner(type(value).__name__.partition("[")[0], name), name
            yield from spoken(inner)
    elif isinstance(value, tuple | list):
        for each in value:
            yield from spoken(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from spoken(each)


@pytest.mark.parametrize("name", EVENTS)
def test_what_a_newer_writer_adds_is_ignored(name: str) -> None:
    for sample in LISTED:
        if message_of(sample) == name:
            adapter = MESSAGES[name]
            plain = read(sample)
            newer = plain | {"added_later": {"by": "a newer writer"}}
            assert adapter.validate_python(newer) == adapter.validate_python(plain)
