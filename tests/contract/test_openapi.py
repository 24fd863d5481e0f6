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
EXAMPLES = ROOT / "services/gateway/src/promptevolver_gateway/examples"
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
def test_an_operation_with_a_key_says_that_it_may_not_fit(
    method: str, operation: Operation
) -> None:
    taken = {each["name"].lower() for each in operation.get("parameters", ())}
    if "idempotency-key" in taken:
        assert "`idempotency_mismatch`" in operation["responses"]["409"]["description"]


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


ANSWERS = [
    pytest.param(media, content, id=f"{method.upper()} {path} {status} {media}")
    for method, path, operation in operations()
    for status, response in operation["responses"].items()
    if status < "300"
    for media, content in response.get("content", {}).items()
]
LINES = "application/x-ndjson"


@pytest.mark.parametrize(("media", "content"), ANSWERS)
def test_an_answer_has_an_example_that_is_right(media: str, content: dict[str, Any]) -> None:
    assert "example" in content, "let the story under tests/support/story show it: `make examples`"
    example = content["example"]
    assert faults(content["schema"], example) == []
    if media == LINES:
        assert [json.loads(line) for line in example.splitlines()]
    if media != JSON:
        assert example.strip()


def test_every_known_example_is_in_the_document() -> None:
    """None is left of an operation, a status or a media type that is gone."""
    found = {operation["operationId"]: operation for _, _, operation in operations()}
    pages = [json.loads(each.read_text("utf-8")) for each in EXAMPLES.glob("*.json")]
    assert pages
    for name, known in [each for page in pages for each in page.items()]:
        for media, body in known.get("request", {}).items():
            assert found[name]["requestBody"]["content"][media]["example"] == body
        for status, contents in known.get("responses", {}).items():
            answered = found[name]["responses"][status]["content"]
            assert {media: answered[media]["example"] for media in contents} == contents


def test_examples_of_runs_say_that_they_are_simulated() -> None:
    """Whatever tells of a run tells of the one that the simulated provider answered."""
    answers = [each for _, _, operation in operations() for each in operation["responses"].values()]
    told = list(values_of("simulated", [each.get("content") for each in answers]))
    assert len(told) > 10
    assert set(told) == {True}


def values_of(name: str, value: Any) -> Iterator[Any]:
    """Give what stands under a name, at any depth."""
    if isinstance(value, list):
        for each in value:
            yield from values_of(name, each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key == name:
                yield each
            yield from values_of(name, each)


LINKED = [
    pytest.param(path, operation, status, id=f"{operation['operationId']} {status}")
    for _, path, operation in operations()
    for status, response in operation["responses"].items()
    if "links" in response
]


@pytest.mark.parametrize(("path", "operation", "status"), LINKED)
def test_links_lead_from_what_was_answered(path: str, operation: Operation, status: str) -> None:
    """An example of the answer has what a link takes from it; targets know the parameter."""
    known = {each["operationId"]: each for _, _, each in operations()}
    answer = operation["responses"][status]
    for name, link in answer["links"].items():
        taken = {each["name"] for each in known[name]["parameters"]}
        assert set(link["parameters"]) <= taken, name
        for expression in link["parameters"].values():
            place, _, pointer = expression.partition("#/")
            match place:
                case "$response.body":
                    assert pointed(answer["content"][JSON]["example"], pointer), expression
                case "$request.body":
                    body = operation["requestBody"]["content"][JSON]["example"]
                    assert pointed(body, pointer), expression
                case _:
                    assert f"{{{place.removeprefix('$request.path.')}}}" in path, expression


def pointed(value: Any, pointer: str) -> bool:
    """Whether a pointer leads to something that can stand in a path, if only to null."""
    for step in pointer.split("/"):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value is None or isinstance(value, str | int)


def test_whatever_is_made_can_be_gone_on_with() -> None:
    """What is made in a collection links to the paths of that collection's entries."""
    paths = list(DOCUMENT["paths"])
    makers = [
        operation
        for method, path, operation in operations()
        if method == "post" and any(re.fullmatch(re.escape(path) + r"/{\w+}", p) for p in paths)
    ]
    assert len(makers) > 10
    for operation in makers:
        good = [answer for status, answer in operation["responses"].items() if status < "300"]
        assert all(answer.get("links") for answer in good), operation["operationId"]


BODIES = [
    pytest.param(media, content, id=f"{method.upper()} {path} {media}")
    for method, path, operation in operations()
    for media, content in operation.get("requestBody", {}).get("content", {}).items()
]


@pytest.mark.parametrize(("media", "content"), BODIES)
def test_a_body_has_an_example_that_is_right(media: str, content: dict[str, Any]) -> None:
    examples = examples_of(content)
    if not examples and resolved(content["schema"]).get("format") == "binary":
        return
    assert examples
    for example in examples:
        assert faults(content["schema"], example) == []


def test_examples_of_schemas_are_right() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    shown = [
        (name, each) for name, schema in schemas.items() for each in schema.get("examples", ())
    ]
    assert shown
    for name, example in shown:
        assert faults({"$ref": f"#/components/schemas/{name}"}, example) == [], name


def test_every_operation_with_a_body_has_an_example_of_it() -> None:
    bodies = {
        operation["operationId"]: operation["requestBody"]["content"].values()
        for _, _, operation in operations()
        if "requestBody" in operation
    }
    bare = [name for name, contents in bodies.items() if not any(map(examples_of, contents))]
    assert bare == []


def test_a_wrong_example_would_be_seen() -> None:
    wrong = {"email": 5}
    assert faults({"$ref": "#/components/schemas/SignInBody"}, wrong)
