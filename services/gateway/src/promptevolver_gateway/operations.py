"""Names of the API's operations, and what callers need for each."""

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.routing import BaseRoute

from promptevolver_gateway.gateway import PREFIX
from promptevolver_gateway.identity import Allowed

_VERBS = {"GET": "get", "POST": "create", "PUT": "put", "PATCH": "update", "DELETE": "delete"}
_SCHEMES = ("bearer", "header")


def operation_id(route: APIRoute) -> str:
    """Name an operation by its resource and what is done: `runs_list`, `runs_get_candidate`.

    Paths do not change within a version of the API, so neither do these names. A route whose path
    tells less than is needed says its name itself, as `operation_id`.
    """
    path = route.path.removeprefix(PREFIX)
    if path == route.path:
        return f"health_{path.strip('/')}"
    method = min(route.methods or ("GET",))
    resource, *rest = path.strip("/").split("/")
    words, entry = list(_words(rest)), bool(rest) and _is_parameter(rest[-1])
    if method == "GET" and not entry:
        return "_".join([resource, *(words or ["list"])])
    if method == "POST" and words and not words[-1].endswith("s"):
        return "_".join([resource, *words])
    ending = [*words[:-1], _singular(words[-1])] if words else []
    return "_".join([resource, _VERBS[method], *ending])


def secured(document: dict[str, Any], routes: Sequence[BaseRoute]) -> None:
    """Say in the document what callers prove themselves by, and what each operation needs."""
    document["components"]["securitySchemes"] = {
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "An access token or an API key",
        },
        "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    }
    for route in iter_route_contexts(routes):
        if isinstance(route.original_route, APIRoute):
            for method in route.methods or ():
                operation = document["paths"][route.path_format][method.lower()]
                operation["security"] = _security(route)


def _security(route: RouteContext) -> list[dict[str, list[str]]]:
    """Give what an operation needs: nothing, any caller, or one with a scope."""
    needs = list(_allowed(route.dependant))
    scopes = sorted({need.scope for need in needs if need.scope is not None})
    return [{scheme: list[str](scopes)} for scheme in _SCHEMES] if needs else []


def _words(steps: Sequence[str]) -> Iterator[str]:
    """Give the fixed steps of a path; a collection is singular where an entry of it goes on."""
    for at, step in enumerate(steps):
        if not _is_parameter(step):
            goes_on = at + 2 < len(steps) and _is_parameter(steps[at + 1])
            yield _singular(step) if goes_on else step


def _is_parameter(step: str) -> bool:
    return step.startswith("{")


def _singular(word: str) -> str:
    return word[:-3] + "y" if word.endswith("ies") else word.removesuffix("s")


def _allowed(dependant: Dependant) -> Iterator[Allowed]:
    if isinstance(dependant.call, Allowed):
        yield dependant.call
    for dependency in dependant.dependencies:
        yield from _allowed(dependency)
