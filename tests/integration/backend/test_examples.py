"""The examples of the OpenAPI document are what a running backend answers."""

import json
from typing import Any

import pytest
from support.story.pages import kept, pages
from support.story.tale import tell

pytestmark = [pytest.mark.infra, pytest.mark.timeout(300)]


LINES = "application/x-ndjson"


def shape(value: Any) -> Any:
    """Give what a value is made of, without the values; texts of JSON lines are read."""
    match value:
        case dict():
            read = {LINES: [json.loads(each) for each in value.get(LINES, "").splitlines()]}
            return {name: shape(read.get(name, each)) for name, each in value.items()}
        case list():
            return sorted({json.dumps(shape(each), sort_keys=True) for each in value})
        case str() | bool() | None:
            return type(value).__name__
        case _:
            return "number"


async def test_examples_are_of_the_shape_that_the_backend_answers(migrated_url: str) -> None:
    told, written = pages(await tell(migrated_url)), kept()
    assert set(told) == set(written)
    for name, operations in told.items():
        assert set(operations) == set(written[name]), name
        for operation, shown in operations.items():
            remedy = f"{operation} answers otherwise than its example: run `make examples`"
            assert shape(shown) == shape(written[name][operation]), remedy


def test_a_shape_is_told_from_another() -> None:
    assert shape({"a": [1, 2.5]}) == shape({"a": [3]})
    assert shape({LINES: '{"a": 1}\n'}) == shape({LINES: '{"a": 2}\n{"a": 3}\n'})
    others: list[Any] = [{"a": ["x"]}, {"a": [None]}, {"a": []}, {"a": [1], "b": 1}]
    for other in others:
        assert shape({"a": [1]}) != shape(other)
    assert shape({LINES: '{"a": 1}\n'}) != shape({LINES: '{"b": 1}\n'})
