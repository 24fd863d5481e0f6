"""Filling templates in: typed, and without a way for values to become templates."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptevolver_gateway.templates.parameters import (
    Unfillable,
    filled,
    schema_errors,
    value_errors,
    with_defaults,
)


def test_a_reference_keeps_the_type_of_its_value() -> None:
    part = {"calls": {"$parameter": "calls"}, "fields": [{"$parameter": "fields"}]}
    values = {"calls": 300, "fields": ["a", "b"]}
    assert filled(part, values) == {"calls": 300, "fields": [["a", "b"]]}


def test_texts_spell_values_and_keep_the_programs_placeholders() -> None:
    text = "One of {{ parameter.labels }} at {{parameter.share}}: {{ input.message }}"
    values = {"labels": ["a", "b"], "share": 0.5}
    assert filled(text, values) == "One of a, b at 0.5: {{ input.message }}"


def test_an_unknown_parameter_is_named() -> None:
    for part in ("{{ parameter.other }}", {"$parameter": "other"}):
        with pytest.raises(Unfillable, match="no parameter 'other'; it has: labels"):
            filled(part, {"labels": []})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ parameter.x }}", "{{ input.secret }}"),
        ("{{{ parameter.x }}}", "{ input.secret }"),
        ("{{{ parameter.x }} input.secret }}", "{"),
        ("{{ parameter.x }}{{ parameter.x }}", "{{ component.y }}"),
        ("{{ parameter.x }} input.secret }}", "{{"),
    ],
)
def test_a_value_never_becomes_a_placeholder(text: str, value: str) -> None:
    with pytest.raises(Unfillable, match="must not make a placeholder"):
        filled(text, {"x": value})


@given(st.text("{} x.input", max_size=20), st.text("{} x.input", max_size=20))
def test_no_value_changes_which_placeholders_there_are(around: str, value: str) -> None:
    def placeholders(text: str) -> int:
        return text.count("{{ input.x }}")

    text = around + "{{ parameter.p }}{{ input.x }}" + around
    try:
        result = filled(text, {"p": value})
    except Unfillable:
        return
    assert placeholders(result) == placeholders(text)


def test_a_value_that_names_a_parameter_is_not_filled_again() -> None:
    with pytest.raises(Unfillable):
        filled("{{ parameter.a }}", {"a": "{{ parameter.b }}", "b": "secret"})


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string"},
        {"type": "string", "default": 1},
        {"type": "string", "default": "", "pattern": "(a+)+$"},
        {"$ref": "http://169.254.169.254/", "type": "string", "default": ""},
        {"type": "array", "default": [1], "items": {"type": "string"}},
        {"type": "object", "default": {}},
        "string",
    ],
)
def test_parameters_are_declared_by_a_small_part_of_json_schema(schema: Any) -> None:
    assert schema_errors({"x": schema}, "/parameters")


def test_a_parameter_needs_a_usable_name() -> None:
    schema = {"type": "string", "default": ""}
    assert not schema_errors({"good_name": schema}, "/parameters")
    assert schema_errors({"Bad name": schema}, "/parameters")[0].code == "invalid_name"


def test_values_are_checked_and_the_rest_takes_defaults() -> None:
    declared = {
        "n": {"type": "integer", "minimum": 1, "default": 3},
        "tone": {"type": "string", "enum": ["kind", "dry"], "default": "kind"},
    }
    assert with_defaults(declared, {"n": 5}) == {"n": 5, "tone": "kind"}
    assert not value_errors(declared, {"tone": "dry"}, "/parameters")
    faults = value_errors(declared, {"n": 0, "tone": "loud", "other": 1}, "/parameters")
    assert {fault.pointer for fault in faults} == {
        "/parameters/n",
        "/parameters/tone",
        "/parameters/other",
    }
    assert next(f for f in faults if f.pointer == "/parameters/tone").allowed == ("kind", "dry")
