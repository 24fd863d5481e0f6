"""Examples for the OpenAPI document: what operations are sent, and what they answer.

The files beside this module are answers of a running backend; `make examples` tells the story that
they are from anew. Nothing in them is written by hand.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

type Contents = Mapping[str, Any]
"""By media type"""


@cache
def _known() -> Mapping[str, Mapping[str, Any]]:
    """Give what is known of each operation."""
    found: dict[str, Mapping[str, Any]] = {}
    for file in files(__package__).iterdir():
        if file.name.endswith(".json"):
            found |= json.loads(file.read_text("utf-8"))
    return found


def illustrate(document: dict[str, Any]) -> None:
    """Put the examples where the document tells of bodies and answers."""
    for methods in document["paths"].values():
        for operation in methods.values():
            known = _known().get(operation["operationId"], {})
            _put(operation.get("requestBody", {}), known.get("request", {}))
            for status, contents in known.get("responses", {}).items():
                _put(operation["responses"].get(status, {}), contents)


def _put(place: dict[str, Any], contents: Contents) -> None:
    for media, example in contents.items():
        if media in place.get("content", {}):
            place["content"][media]["example"] = example
