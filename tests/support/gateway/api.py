"""The API for many tests: what is the same for all of them is worked out once for a process."""

from promptevolver_gateway import app
from promptevolver_gateway.app import Api
from promptevolver_gateway.bus import Bus
from promptevolver_gateway.settings import Settings
from starlette.routing import BaseRoute

_included: dict[int, BaseRoute] = {}
"""Routers with what is worked out of them, by the identity of the router that a module defines"""


def build_api(settings: Settings, bus: Bus) -> Api:
    """Build the API on routes that all the APIs of a process share.

    FastAPI works out what the routes of a router need when an application's first request comes,
    and takes a quarter of a second for ours. They know nothing of the settings or the bus.
    """
    api = app.build_api(settings, bus)
    api.routes[:] = [_shared(route) for route in api.routes]
    return api


def _shared(route: BaseRoute) -> BaseRoute:
    router = getattr(route, "original_router", None)
    return route if router is None else _included.setdefault(id(router), route)
