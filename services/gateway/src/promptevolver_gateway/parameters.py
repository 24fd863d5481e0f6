"""Query parameters that an operation does not have: a misspelt filter must not show everything."""

from collections.abc import Iterator

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from promptevolver_contracts.errors import FieldError
from starlette.requests import HTTPConnection

from promptevolver_gateway.mending import unknown
from promptevolver_gateway.problems import Problem

_EVERYWHERE = ("project_id",)


def known_parameters(connection: HTTPConnection) -> None:
    """Raise Problem for query parameters that the operation does not take."""
    route = connection.scope.get("route")
    if not isinstance(route, APIRoute) or not connection.query_params:
        return
    known = sorted({*_EVERYWHERE, *_names(route.dependant)})
    strange = [name for name in dict.fromkeys(connection.query_params) if name not in known]
    if strange:
        raise Problem.of_fields([_fault(name, known) for name in strange])


def _fault(name: str, known: list[str]) -> FieldError:
    return FieldError(
        pointer=f"/query/{name}",
        message=unknown("there is no such parameter", name, known),
        code="unknown_parameter",
        allowed=tuple(known),
    )


def _names(dependant: Dependant) -> Iterator[str]:
    yield from (each.alias for each in dependant.query_params)
    for inner in dependant.dependencies:
        yield from _names(inner)
