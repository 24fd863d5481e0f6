import time
from typing import Any

import pytest
from promptevolver_runtime.schemas import BoundedSchema, UnboundedSchema
from referencing.exceptions import Unresolvable

TREE = {
    "$ref": "#/$defs/node",
    "$defs": {"node": {"properties": {"next": {"$ref": "#/$defs/node"}}}},
}
SLOW = r"(a|aa)+$"
LONG = "a" * 5000 + "!"


def doubling(depth: int) -> dict[str, Any]:
    """Refer to a next level twice, and so on."""
    levels = {f"l{n}": {"allOf": [{"$ref": f"#/$defs/l{n + 1}"}] * 2} for n in range(depth)}
    return {"$ref": "#/$defs/l0", "$defs": {**levels, f"l{depth}": {"type": "object"}}}


@pytest.mark.parametrize(
    ("schema", "value", "wrong"),
    [
        ({"pattern": "^a+$"}, "aaa", 0),
        ({"pattern": "^a+$"}, "aab", 1),
        ({"pattern": "^a+$"}, 7, 0),
        ({"items": {"pattern": "x"}}, ["x", "y", "z"], 2),
        (TREE, {"next": {"next": {}}}, 0),
        (doubling(3), "text", 8),
    ],
)
def test_schemas_say_what_they_say_elsewhere(
    schema: dict[str, Any], value: object, wrong: int
) -> None:
    assert len(list(BoundedSchema(schema).errors(value))) == wrong


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"pattern": SLOW}, LONG),
        ({"not": {"contains": {"pattern": SLOW}}}, [LONG] * 1000),
        ({"$ref": "#"}, {}),
        (doubling(40), {}),
    ],
)
def test_what_would_take_for_ever_is_cut_off(schema: dict[str, Any], value: object) -> None:
    started = time.monotonic()
    with pytest.raises(UnboundedSchema):
        list(BoundedSchema(schema).errors(value))
    assert time.monotonic() - started < 60


@pytest.mark.parametrize("place", ["properties", "$defs", "default"])
def test_patterns_of_names_are_refused_wherever_a_reference_may_find_them(place: str) -> None:
    with pytest.raises(UnboundedSchema):
        BoundedSchema({place: {"x": [{"patternProperties": {"a": {}}}]}})


def test_no_other_document_is_fetched() -> None:
    schema = BoundedSchema({"$ref": "https://example.com/schema.json"})
    with pytest.raises(Unresolvable):
        list(schema.errors({}))
