"""The guard before all routes: who calls, whether they may at all, and how often."""

from collections.abc import Mapping
from urllib.parse import parse_qs

import structlog
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.ids import ProjectId
from promptevolver_runtime.rpc import QueryFailed
from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from promptevolver_gateway.access.access import Access
from promptevolver_gateway.access.callers import LOCAL, Call, Callers
from promptevolver_gateway.access.credentials import given
from promptevolver_gateway.access.lasting import CutOff, Lasting
from promptevolver_gateway.access.limits import RateLimited, Standing, network
from promptevolver_gateway.identity import Identity
from promptevolver_gateway.origins import refuse_foreign, refuse_strange_name
from promptevolver_gateway.problems import Problem, render

log = structlog.get_logger(__name__)

GUARDED = "/api/"
PUBLIC = frozenset(f"/api/v1/auth/{each}" for each in ("methods", "sign_in", "register", "refresh"))
"""Where callers prove who they are: nobody is anybody there yet."""

_PROJECT: TypeAdapter[str] = TypeAdapter(ProjectId)


class Guard:
    """Leaves the caller in `scope["state"]["identity"]`, or answers why there is none.

    A WebSocket without credentials passes as nobody: its route takes tickets.
    """

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access
        self._callers = Callers(access)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"} or not scope["path"].startswith(GUARDED):
            await self._app(scope, receive, send)
            return
        changes = self._access.directory.changes
        try:
            call = _call(scope)
            standing = await self._admit(scope, call)
        except (Problem, QueryFailed) as error:
            await _refuse(error, scope, receive, send)
            return
        told = _telling(send, standing)
        caller: Identity | None = scope.get("state", {}).get("identity")
        if scope["type"] == "http" and caller is not None:
            told = self._lasting(told, caller, call, changes).send
        try:
            await self._app(scope, receive, told)
        except CutOff as cut:
            log.info("answer cut off", path=scope["path"], why=str(cut))

    def _lasting(self, send: Send, caller: Identity, call: Call, seen: int) -> Lasting:
        async def find() -> Identity:
            return (await self._callers.find(call)).identity

        directory = self._access.directory
        return Lasting(send, caller, find, lambda: directory.changes, seen)

    async def _admit(self, scope: Scope, call: Call) -> Standing | None:
        """Find the caller and count the request; None for a WebSocket that brings a ticket."""
        limits, policies = self._access.limits, self._access.policies
        place = network(call.address)
        if scope["path"] in PUBLIC:
            return await limits.charge(policies.address, place)
        try:
            limits.require(policies.address, place)
        except RateLimited:
            # Whoever guesses from an address must not shut out others who share it.
            if not await self._callers.is_known(call):
                raise
        try:
            found = await self._callers.find(call)
        except (Problem, QueryFailed) as error:
            if _code(error) != ErrorCode.UNAUTHENTICATED:
                raise
            if scope["type"] == "websocket" and not call.token:
                return None
            await limits.charge(policies.address, place)
            raise
        if found.identity.id == LOCAL:
            # Nothing else keeps a page from acting as whoever looks at it.
            headers = Headers(scope=scope)
            refuse_strange_name(headers)
            refuse_foreign(headers, self._access.settings.cors_origins)
        scope.setdefault("state", {})["identity"] = found.identity
        return await limits.charge(found.policy, found.who)


def _call(scope: Scope) -> Call:
    headers = Headers(scope=scope)
    client = scope.get("client")
    return Call(
        token=given(headers),
        project=_project(headers, scope),
        address=str(client[0]) if client else "",
    )


def _project(headers: Mapping[str, str], scope: Scope) -> str | None:
    asked = headers.get("x-project-id")
    if asked is None and b"project_id=" in scope["query_string"]:
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("project_id", [None])[0]
    if asked is None:
        return None
    try:
        return _PROJECT.validate_python(asked)
    except ValidationError as error:
        raise Problem(ErrorCode.NOT_FOUND, "there is no project of this id for you") from error


def _telling(send: Send, standing: Standing | None) -> Send:
    if standing is None:
        return send

    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(standing.headers)
        await send(message)

    return told


def _code(error: Problem | QueryFailed) -> ErrorCode:
    return error.info.code if isinstance(error, QueryFailed) else error.code


async def _refuse(error: Problem | QueryFailed, scope: Scope, receive: Receive, send: Send) -> None:
    problem = Problem.of_info(error.info) if isinstance(error, QueryFailed) else error
    response = render(problem, scope["path"])
    if isinstance(problem, RateLimited):
        response.headers.update(problem.standing.headers)
    if scope["type"] == "websocket":
        await WebSocket(scope, receive, send).send_denial_response(response)
    else:
        await response(scope, receive, send)
