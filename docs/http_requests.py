#!/usr/bin/env python3
"""Write examples/http from the OpenAPI document; `--check` only compares.

What is followed live and what is compared is written by hand, in files of their own.
"""

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "examples" / "http"
DOCUMENT = ROOT / "docs" / "reference" / "openapi.json"
BY_HAND = frozenset({"comparisons", "events"})
_HEAD = "# Made by docs/http_requests.py: set the variables, then send one request after another."
_NOWHERE = "00000000-0000-0000-0000-000000000000"
_VALUES = {
    "number": "1",
    "before": "1",
    "after": "2",
    "other": "2",
    "label": "production",
    "kind": "exact_match",
    "metric": "exact_match",
    "example_id": "1",
    "item_id": "1",
}

type Document = Mapping[str, Any]


def files(document: Document) -> dict[str, str]:
    """Give each file's text by its name: one for each resource."""
    requests: dict[str, list[str]] = {}
    variables: dict[str, dict[str, None]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if BY_HAND.isdisjoint(operation["tags"]):
                name = operation["tags"][0].replace(" ", "_")
                named = [each["name"] for each in _parameters(operation, "path")]
                variables.setdefault(name, {}).update(dict.fromkeys(named))
                request = "\n".join(_request(document, method, path, operation))
                requests.setdefault(name, []).append(request)
    return {
        f"{name}.http": "\n".join([*_variables(variables[name]), "", "\n\n".join(texts), ""])
        for name, texts in requests.items()
    }


def _variables(names: Mapping[str, None]) -> Iterator[str]:
    yield _HEAD
    yield "@gateway = http://127.0.0.1:8080"
    yield "@key = pe_your_key"
    for name in names:
        yield f"@{name} = {_VALUES.get(name, _NOWHERE)}"


def _request(document: Document, method: str, path: str, about: Document) -> Iterator[str]:
    yield f"### {about['summary']}"
    scopes = (about["security"] or [{}])[0].get("bearer", [])
    if scopes:
        yield f"# Needs the scope {', '.join(scopes)}"
    query = "&".join(f"{each['name']}={_value(each)}" for each in _needed(about))
    where = path.replace("{", "{{").replace("}", "}}")
    yield f"{method.upper()} {{{{gateway}}}}{where}{'?' if query else ''}{query}"
    if about["security"]:
        yield "Authorization: Bearer {{key}}"
    contents = about.get("requestBody", {}).get("content", {})
    for media, content in contents.items():
        yield f"Content-Type: {media}"
        yield ""
        yield from _body(document, content)
        return


def _body(document: Document, content: Document) -> Iterator[str]:
    example = _example(document, content)
    if example is None:
        yield "< ./file"
    elif isinstance(example, str):
        yield example.rstrip("\n")
    else:
        yield json.dumps(example, indent=2, ensure_ascii=False)


def _example(document: Document, content: Document) -> Any:
    for named in content.get("examples", {}).values():
        return named["value"]
    if "example" in content:
        return content["example"]
    schema = content["schema"]
    kinds = [kind for kind in schema.get("anyOf", [schema]) if kind != {"type": "null"}]
    if "$ref" in kinds[0]:
        schema = document["components"]["schemas"][kinds[0]["$ref"].rsplit("/", 1)[-1]]
    return next(iter(schema.get("examples", [])), None)


def _needed(about: Document) -> list[Document]:
    return [each for each in _parameters(about, "query") if each.get("required")]


def _parameters(about: Document, place: str) -> list[Document]:
    return [each for each in about.get("parameters", []) if each["in"] == place]


def _value(parameter: Document) -> str:
    schema = parameter["schema"]
    known = [*parameter.get("examples", {}).values(), *schema.get("enum", [])]
    return str(known[0] if known else _VALUES.get(parameter["name"], _NOWHERE))


def main() -> None:
    """Write or compare."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--check", action="store_true", help="compare and write nothing")
    check = parser.parse_args().check
    wanted = {FOLDER / name: text for name, text in files(_document()).items()}
    wrong = {p: t for p, t in wanted.items() if not p.exists() or p.read_text("utf-8") != t}
    if check and wrong:
        names = ", ".join(sorted(path.name for path in wrong))
        raise SystemExit(f"examples/http is out of date: {names}; run `make schemas`")
    for path, text in wrong.items():
        path.write_text(text, "utf-8")


def _document() -> Document:
    document: Document = json.loads(DOCUMENT.read_text("utf-8"))
    return document


if __name__ == "__main__":
    main()
