"""The HTTP API: its OpenAPI document and a short table."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from promptevolver_gateway.app import build_api
from promptevolver_gateway.bus import NatsBus
from promptevolver_gateway.settings import Settings

from reference_pages.markdown import code, table, title


@cache
def _openapi() -> dict[str, Any]:
    # Built past the environment: the document must not depend on who makes it.
    settings = Settings.model_construct()
    return build_api(settings, NatsBus(settings)).openapi()


def document() -> str:
    """Give the OpenAPI document."""
    return json.dumps(_openapi(), indent=2, ensure_ascii=False) + "\n"


def page() -> str:
    """Give the whole page."""
    head = ("Method", "Path", "What it does", "Answers", "Errors")
    return "\n".join(
        [
            title("HTTP API"),
            f"{_openapi()['info']['description']}\n",
            (
                "In full, with every field, an example of every answer, and links to what goes on "
                "with it: [openapi.json](openapi.json). "
                "Error codes: [errors](errors.md).\n"
            ),
            table(head, _operations()),
        ]
    )


def _operations() -> Iterator[tuple[str, ...]]:
    for path, methods in sorted(_openapi()["paths"].items()):
        for method, operation in methods.items():
            statuses = sorted(operation["responses"])
            yield (
                method.upper(),
                code(path),
                operation.get("summary", ""),
                ", ".join(status for status in statuses if status < "400"),
                ", ".join(status for status in statuses if status >= "400"),
            )
