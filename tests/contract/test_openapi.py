"""The OpenAPI document: valid, and complete enough to build a client on."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from promptevolver_contracts.accounts import Scope

ROOT = Path(__file__).parents[2]
DOCUMENT: dict[str, Any] = json.loads((ROOT / "docs/reference/openapi.json").read_text("utf-8"))
JSON, PROBLEM = "application/json", "application/problem+json"
PROBES = {"health_livez", "health_readyz", "health_metrics"}
"""They are for machines that read a status alone."""
OPEN = PROBES | {"auth_methods", "auth_register", "auth_sign_in", "auth_refresh"}
"""What needs no credentials, because it is how one gets them."""

type Operation = dict[str, Any]


def operations() -> Iterator[tuple[str, str, Operation]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


OPERATIONS = [
    pytest.param(method, operation, id=f"{method.upper()} {path}")
    for method, path, operation in operations()
]


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference, and take the one kind that a body that may be missing has."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) == 1:
        return resolved(kinds[0])
    if "$ref" in schema:
        found: dict[str, Any] = DOCUMENT["components"]["schemas"][schema["$ref"].split("/")[-1]]
        return found
    return schema


def examples_of(content: dict[str, Any]) -> list[Any]:
    named = [each["value"] for each in content.get("examples", {}).values()]
    single = [content["example"]] if "example" in content else []
    return [*named, *single, *resolved(content["schema"]).get("examples", ())]


def faults(schema: dict[str, Any], value: Any) -> list[str]:
    whole = {**schema, "components": DOCUMENT["components"]}
    return [error.message for error in Draft202012Validator(whole).iter_errors(value)]


def test_the_document_is_valid() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    errors = OpenAPIV31SpecValidator(DOCUMENT).iter_errors()
    assert [error.message for error in errors] == []


def test_operation_ids_are_unique_and_say_resource_and_deed() -> None:
    names = Counter(operation["operationId"] for _, _, operation in operations())
    assert [name for name, times in names.items() if times > 1] == []
    for name in names:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+", name), name


@pytest.mark.parametrize(("method", "operation"), OPERATIONS)
def test_an_operation_says_what_it_does(method: str, operation: Operation) -> None:
    assert 3 <= len(operation["summary"]) <= 60
    assert operation["description"].strip().endswith((".", ":", "`", "…"))
    assert operation["tags"]


@pytest.mark.parametrize(("method", "operation"), OPERATIONS)
def test_an_operation_says_what_it_needs(method: str, operation: Operation) -> None:
    needs = operation["security"]
    if operation["operationId"] in OPEN:
        assert needs == []
        return
    assert {scheme for each in needs for scheme in each} == {"bearer", "header"}
    for each in needs:
        for scopes in each.values():
            assert set(scopes) <= set(get_args(Scope))


@pytest.mark.parametrize(("method", "operation"), OPERATIONS)
def test_an_operation_says_how_it_fails(method: str, operation: Operation) -> None:
    if operation["operationId"] in PROBES:
        return
    answers = operation["responses"]
    assert {"401", "403", "422", "429", "500", "503"} <= set(answers)
    for status, response in answers.items():
        if status >= "400":
            assert list(response["content"]) == [PROBLEM], status
            assert response["content"][PROBLEM]["schema"]["$ref"].endswith("/ProblemBody")
            assert re.search(r"`[a-z_]+`", response["description"]), status


@pytest.mark.parametrize(("method", "operation"), OPERATIONS)
def test_an_operation_says_what_it_answers(method: str, operation: Operation) -> None:
    good = {s: answer for s, answer in operation["responses"].items() if s < "300"}
    assert good
    for status, response in good.items():
        if status == "204":
            assert "content" not in response
        else:
            assert response["content"]
            assert all(content.get("schema") for content in response["content"].values())


BODIES = [
    pytest.param(media, content, id=f"{method.upper()} {path} {media}")
    for method, path, operation in operations()
    for media, content in operation.get("requestBody", {}).get("content", {}).items()
]


@pytest.mark.parametrize(("media", "content"), BODIES)
def test_a_body_has_an_example_that_is_right(media: str, content: dict[str, Any]) -> None:
    if resolved(content["schema"]).get("format") == "binary":
        return
    examples = examples_of(content)
    assert examples
    for example in examples:
        assert faults(content["schema"], example) == []


def test_examples_of_answers_are_right() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    shown = [
        (name, each) for name, schema in schemas.items() for each in schema.get("examples", ())
    ]
    assert shown
    for name, example in shown:
        assert faults({"$ref": f"#/components/schemas/{name}"}, example) == [], name


def test_a_wrong_example_would_be_seen() -> None:
    wrong = {"email": 5}
    assert faults({"$ref": "#/components/schemas/SignInBody"}, wrong)
