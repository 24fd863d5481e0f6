from typing import Any

import pytest
from support.compatibility import breaks


def message(version: int = 1, required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"v": {"type": "integer", "default": version}, **properties},
        "required": list(required),
    }


TEXT = {"type": "string"}
NUMBER = {"type": "number"}


def optional(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}], "default": None}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (message(a=TEXT), message(a=TEXT)),
        (message(a=TEXT), message(a=TEXT, b=TEXT)),
        (message(required=("a",), a=TEXT), message(a=TEXT)),
        (message(a=TEXT), message(a=optional(TEXT))),
        (message(a={"type": "integer"}), message(a=NUMBER)),
        (message(a={"enum": ["x"]}), message(a={"enum": ["x", "y"]})),
        (message(a={"const": "x", **TEXT}), message(a={"enum": ["x", "y"], **TEXT})),
        (message(a={"maximum": 5, **NUMBER}), message(a={"maximum": 9, **NUMBER})),
        (message(a={"minLength": 2, **TEXT}), message(a=TEXT)),
        (message(a={"pattern": "^a", **TEXT}), message(a=TEXT)),
        (message(a=TEXT), message(a=True)),
        (message(1, a=TEXT), message(2, b=NUMBER)),
    ],
)
def test_adding_breaks_nothing(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert breaks(before, after) == []


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (message(a=TEXT), message(), "/a: removed"),
        (message(), message(required=("a",), a=TEXT), "/a: became required"),
        (message(a=TEXT), message(required=("a",), a=TEXT), "/a: became required"),
        (message(a=TEXT), message(a=NUMBER), "/a: type string became number"),
        (message(a=NUMBER), message(a={"type": "integer"}), "/a: type number became integer"),
        (message(a=optional(TEXT)), message(a=TEXT), "/a: type null became string"),
        (message(a=True), message(a=TEXT), "/a: took anything"),
        (message(a={}), message(a=TEXT), "/a: type anything became string"),
        (message(a={"enum": ["x", "y"]}), message(a={"enum": ["x"]}), "/a: no longer takes 'y'"),
        (message(a=TEXT), message(a={"const": "x", **TEXT}), "/a: no longer takes any value"),
        (message(a=NUMBER), message(a={"maximum": 9, **NUMBER}), "/a: maximum fell"),
        (message(a=NUMBER), message(a={"minimum": 0, **NUMBER}), "/a: minimum rose"),
        (message(a=TEXT), message(a={"pattern": "^a", **TEXT}), "/a: pattern changed"),
        (
            message(a={"type": "array", "items": TEXT}),
            message(a={"type": "array", "items": NUMBER}),
            "/a/items: type string became number",
        ),
        (
            message(a={"type": "array"}),
            message(a={"type": "array", "items": TEXT}),
            "/a/items: took anything",
        ),
        (
            message(a={"type": "object", "additionalProperties": optional(TEXT)}),
            message(a={"type": "object", "additionalProperties": TEXT}),
            "/a/additionalProperties: type null became string",
        ),
        (
            message(a={"prefixItems": [TEXT, TEXT]}),
            message(a={"prefixItems": [TEXT, NUMBER]}),
            "/a/1: type string became number",
        ),
    ],
)
def test_taking_away_is_named(before: dict[str, Any], after: dict[str, Any], reason: str) -> None:
    assert breaks(before, after) == [reason]


def union(*names: str, **definitions: Any) -> dict[str, Any]:
    branches = [{"$ref": f"#/$defs/{name}"} for name in names]
    return {"oneOf": branches, "$defs": definitions}


def kind(value: str, **properties: Any) -> dict[str, Any]:
    return message(type={"const": value, **TEXT}, **properties)


def test_a_union_may_grow() -> None:
    before = union("A", A=kind("a"))
    assert breaks(before, union("A", "B", A=kind("a"), B=kind("b"))) == []


def test_a_union_may_not_lose_a_kind() -> None:
    before = union("A", "B", "C", A=kind("a"), B=kind("b"), C=kind("c"))
    after = union("A", "C", A=kind("a"), C=kind("c"))
    assert breaks(before, after) == [": lost #/$defs/B"]


def test_a_kind_of_a_union_may_not_lose_a_property() -> None:
    before = union("A", "B", A=kind("a", x=TEXT), B=kind("b"))
    after = union("A", "B", A=kind("a"), B=kind("b"))
    assert breaks(before, after) == [": lost #/$defs/A"]


def test_a_definition_is_followed() -> None:
    part = {"$ref": "#/$defs/Part"}
    before = message(a=part) | {"$defs": {"Part": message(x=TEXT)}}
    after = message(a=part) | {"$defs": {"Part": message()}}
    assert breaks(before, after) == ["/a/x: removed"]


def test_a_definition_that_holds_itself_ends() -> None:
    tree = {"type": "object", "properties": {"inner": {"$ref": "#/$defs/Tree"}}}
    schema = message(a={"$ref": "#/$defs/Tree"}) | {"$defs": {"Tree": tree}}
    assert breaks(schema, schema) == []
