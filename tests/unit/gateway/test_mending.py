"""What is wrong with a request is said with its place and its mend."""

from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from promptevolver_gateway.mending import schema_fault
from support.gateway import optimize_body


async def refusal(client: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post("/api/v1/optimize", json=body)
    assert answer.status_code == 422, answer.text
    problem: dict[str, Any] = answer.json()
    return problem


async def test_a_misspelt_field_is_named_with_the_one_that_was_meant(
    client: httpx.AsyncClient,
) -> None:
    body = optimize_body()
    body["metrics"][0]["wieght"] = 1

    problem = await refusal(client, body)

    [fault] = problem["errors"]
    assert fault["pointer"] == "/metrics/0/wieght"
    assert fault["message"] == "there is no such field; did you mean 'weight'?"
    assert "weight" in fault["allowed"]
    assert problem["detail"] == f"1 field is wrong: {fault['pointer']}: {fault['message']}"


async def test_one_thing_where_a_list_is_wanted_is_told_in_the_words_of_json(
    client: httpx.AsyncClient,
) -> None:
    body = optimize_body()
    body["metrics"] = body["metrics"][0]
    [fault] = (await refusal(client, body))["errors"]
    assert fault["pointer"] == "/metrics"
    assert "list" in fault["message"]
    assert "tuple" not in fault["message"]


async def test_an_empty_list_is_told_how_many_it_takes(client: httpx.AsyncClient) -> None:
    [fault, *_] = (await refusal(client, optimize_body() | {"metrics": []}))["errors"]
    assert fault["message"] == "0 entries are too few; give at least 1"


async def test_a_missing_field_is_named_in_the_detail(client: httpx.AsyncClient) -> None:
    body = optimize_body()
    del body["budget"]

    assert (await refusal(client, body))["detail"] == (
        "1 field is wrong: /budget: it is missing; add it"
    )


async def test_several_faults_are_named_in_the_detail(client: httpx.AsyncClient) -> None:
    problem = await refusal(client, optimize_body() | {"seed": -1, "sed": 1})

    assert problem["detail"] == "2 fields are wrong: /seed, /sed"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("filtr=state%20%3D%20%27x%27", "did you mean 'filter'?"),
        ("project=x", "did you mean 'project_id'?"),
        ("limit=5&zzz=1", "there are: "),
    ],
)
async def test_a_parameter_that_an_operation_does_not_take_is_refused(
    client: httpx.AsyncClient, query: str, said: str
) -> None:
    answer = await client.get(f"/api/v1/runs?{query}")

    assert answer.status_code == 422, answer.text
    [fault] = answer.json()["errors"]
    assert fault["code"] == "unknown_parameter"
    assert fault["pointer"].startswith("/query/")
    assert said in fault["message"]


async def test_a_misspelt_dry_run_stores_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/api/v1/datasets/d1/uploads?dryrun=true",
        content=b"q\n1\n",
        headers={"Content-Type": "text/csv"},
    )

    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == "/query/dryrun"


SCHEMA = {
    "type": "object",
    "properties": {"fields": {"type": "array", "minItems": 2}, "case": {"enum": ["lower", None]}},
    "required": ["fields", "case"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("value", "pointer", "message"),
    [
        ({"field": []}, "/field", "there is no such field; did you mean 'fields'?"),
        ({"case": "lower"}, "/fields", "it is missing; add it"),
        ({"~/": 1}, "/~0~1", "there is no such field; there are: case, fields"),
        ({"fields": [1, 2]}, "/case", "it is missing; add it"),
        ({"fields": "a"}, "/fields", '"a" is not of type array'),
        ({"fields": [1]}, "/fields", "1 entries are too few; give at least 2"),
        ({"case": "Lower"}, "/case", '"Lower" is not one of "lower", null'),
        ({"case": True}, "/case", 'true is not one of "lower", null'),
    ],
)
def test_a_value_that_misses_a_schema_is_told_as_json_has_it(
    value: Any, pointer: str, message: str
) -> None:
    faults = [schema_fault(each) for each in Draft202012Validator(SCHEMA).iter_errors(value)]

    assert (pointer, message) in faults


def test_a_name_that_a_pattern_allows_is_not_called_unknown() -> None:
    schema = {"patternProperties": {"^x": {}}, "additionalProperties": False}

    [fault] = Draft202012Validator(schema).iter_errors({"xa": 1, "b": 2})

    assert schema_fault(fault)[0] == ""
    assert "'b'" in schema_fault(fault)[1]
