"""The requests under examples/http: every operation is there, and nothing else."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "examples" / "http").glob("*.http"))
PATHS = json.loads((ROOT / "docs/reference/openapi.json").read_text("utf-8"))["paths"]
OPERATIONS = {(method.upper(), path) for path, methods in PATHS.items() for method in methods}
REQUEST = re.compile(r"^(GET|POST|PUT|PATCH|DELETE) \{\{gateway\}\}(\S+)$", re.MULTILINE)
VARIABLE = re.compile(r"\{\{([a-z_0-9]+)\}\}")


def requests(text: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Give method, path with variables in it, and query of each request of a file."""
    for method, target in REQUEST.findall(text):
        parts = urlsplit(target)
        yield method, parts.path, dict(parse_qsl(parts.query))


def matching(method: str, path: str) -> set[tuple[str, str]]:
    """Give the operations that a request may be; of several the one with the fixed path counts."""
    steps = path.split("/")
    found = {
        (known, template)
        for known, template in OPERATIONS
        if known == method and fits(steps, template.split("/"))
    }
    exact = {each for each in found if each[1] == path}
    return exact or found


def fits(steps: list[str], template: list[str]) -> bool:
    return len(steps) == len(template) and all(
        wanted == step or (wanted.startswith("{") and step.startswith("{{"))
        for step, wanted in zip(steps, template, strict=True)
    )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_files_requests_are_operations_with_their_parameters(file: Path) -> None:
    text = file.read_text("utf-8")
    found = list(requests(text))
    assert found
    for method, path, query in found:
        operations = matching(method, path)
        assert len(operations) == 1, (method, path)
        ((_, template),) = operations
        parameters = PATHS[template][method.lower()].get("parameters", [])
        known = {each["name"] for each in parameters if each["in"] == "query"}
        assert set(query) <= known, (method, path)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_files_variables_are_set_in_it(file: Path) -> None:
    text = file.read_text("utf-8")
    declared = set(re.findall(r"^@([a-z_0-9]+) = \S", text, re.MULTILINE))
    assert set(VARIABLE.findall(text)) - declared <= set(used_in_bodies(text))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_files_example_of_a_metric_is_a_name(file: Path) -> None:
    for _, _, query in requests(file.read_text("utf-8")):
        assert re.fullmatch(r"[a-z_]+", query.get("metric", "a_name"))


def used_in_bodies(text: str) -> Iterator[str]:
    """Give names that stand in programs: placeholders of prompts look like variables."""
    for body in re.findall(r"^\{$.*?^\}$", text, re.MULTILINE | re.DOTALL):
        yield from VARIABLE.findall(body)


def test_every_operation_is_in_a_file() -> None:
    shown = {
        operation
        for file in FILES
        for method, path, _ in requests(file.read_text("utf-8"))
        for operation in matching(method, path)
    }
    assert OPERATIONS - shown == set()
