"""Oneself, and the users of the installation."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from promptevolver_contracts import accounts as c
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.ids import new_id
from pydantic import TypeAdapter

from promptevolver_gateway import cursors
from promptevolver_gateway.access.answers import Me, UserList
from promptevolver_gateway.access.bodies import MeBody, NewUserBody, UserBody
from promptevolver_gateway.access.opening import require_operator_first
from promptevolver_gateway.answers import Page
from promptevolver_gateway.etags import IfMatch, IfNoneMatch, answered, etag_of, require_match
from promptevolver_gateway.gateway import PREFIX, Gateway, Parts
from promptevolver_gateway.identity import SCOPES, AnyCaller, Identity, Operator
from promptevolver_gateway.problems import Problem, documented
from promptevolver_gateway.routes.parameters import Cursor, Limit

router = APIRouter(prefix=PREFIX, tags=["access"])

_POSITION = TypeAdapter(tuple[str])
_MOST_PROJECTS = 200

UserId = Annotated[str, Path(max_length=64, description="Id of the user")]


@router.get("/me", operation_id="me_get", summary="Who am I", responses=documented())
async def me(caller: AnyCaller, gateway: Parts) -> Me:
    """Say who calls, in which project, what they may do there, and where else they belong."""
    calls = caller.id.startswith("user:") and caller.user_id is not None
    user = await _user(gateway, str(caller.user_id)) if calls else None
    return Me(
        id=caller.id,
        name=caller.name,
        user=user,
        project=caller.project or None,
        scopes=tuple(scope for scope in SCOPES if scope in caller.scopes),
        projects=await _projects(caller, gateway),
        operator=caller.operator,
        session_id=caller.session_id,
        expires_at=caller.expires_at,
    )


async def _projects(caller: Identity, gateway: Gateway) -> tuple[c.Membership, ...]:
    """Give where the caller belongs; operators and keys belong where they may be."""
    is_user = caller.id.startswith("user:")
    page = await gateway.bus.ask(
        c.LIST_PROJECTS,
        c.ListProjects(
            user_id=caller.user_id if is_user and not caller.operator else None,
            project=None if is_user or caller.operator else caller.project,
            limit=_MOST_PROJECTS,
        ),
    )
    anywhere: c.Role = "admin" if "admin" in caller.scopes else "viewer"
    return tuple(
        c.Membership(
            project=each.project,
            name=each.name,
            role="admin" if caller.operator else caller.roles.get(each.project, anywhere),
            archived=each.archived_at is not None,
        )
        for each in page.projects
    )


@router.patch("/me", summary="Change oneself", responses=documented())
async def change_me(body: MeBody, caller: AnyCaller, gateway: Parts) -> c.User:
    """Change one's own name."""
    if not caller.id.startswith("user:") or caller.user_id is None:
        raise Problem(ErrorCode.FORBIDDEN, f"{caller.name} is no user")
    question = c.ChangeUser(user_id=caller.user_id, name=body.name, by=caller.actor)
    return await _change(gateway, question)


@router.get("/users", summary="List users", responses=documented(ErrorCode.CURSOR_FILTER_MISMATCH))
async def users(
    _caller: Operator,
    gateway: Parts,
    search: Annotated[
        str | None, Query(max_length=200, description="Part of the address or name")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> UserList:
    """List users in the order of their making. Operators only."""
    filters = {"list": "users", "search": search}
    after = cursors.decode(cursor, filters, _POSITION)[0] if cursor else None
    page = await gateway.bus.ask(c.LIST_USERS, c.ListUsers(search=search, after=after, limit=limit))
    following = cursors.encode([page.users[-1].user_id], filters) if page.more else None
    return UserList(data=page.users, page=Page(next_cursor=following, limit=limit))


@router.post(
    "/users",
    status_code=201,
    summary="Make a user",
    responses=documented(ErrorCode.CONFLICT),
)
async def create_user(
    body: NewUserBody, caller: Operator, gateway: Parts, response: Response
) -> c.User:
    """Make a user with a first password, or one who signs in at the external issuer.

    Operators only. Inviting by `POST /invitations` lets people choose their own password.
    The first user of all must be an operator: with them open access ends.
    """
    require_operator_first(caller, operator=body.is_operator)
    user = await gateway.bus.ask(
        c.CREATE_USER,
        c.CreateUser(
            user_id=new_id(),
            email=body.email,
            name=body.name,
            password=body.password,
            is_operator=body.is_operator,
            by=caller.actor,
        ),
        within_s=10,
    )
    await gateway.access.directory.tell("access")
    response.headers["Location"] = f"{PREFIX}/users/{user.user_id}"
    return user


@router.get(
    "/users/{user_id}",
    summary="Read a user",
    responses=documented(ErrorCode.NOT_FOUND),
    response_model=c.User,
)
async def read_user(
    user_id: UserId,
    _caller: Operator,
    gateway: Parts,
    request: Request,
    response: Response,
    _if_none_match: IfNoneMatch = None,
) -> c.User | Response:
    """Give a user. Operators only."""
    return answered(request, response, await _user(gateway, user_id))


@router.patch(
    "/users/{user_id}",
    summary="Change a user",
    responses=documented(ErrorCode.NOT_FOUND, ErrorCode.CONFLICT, ErrorCode.PRECONDITION_FAILED),
)
async def change_user(
    user_id: UserId,
    body: UserBody,
    caller: Operator,
    gateway: Parts,
    if_match: IfMatch = None,
) -> c.User:
    """Rename, deactivate, make an operator, or set a password. Operators only.

    Whoever is deactivated or gets a password loses all sessions at once.
    """
    user = await _user(gateway, user_id)
    require_match(if_match, etag_of(user))
    question = c.ChangeUser(
        user_id=user_id,
        seen=user.revision if if_match else None,
        name=body.name,
        is_active=body.is_active,
        is_operator=body.is_operator,
        password=body.password,
        by=caller.actor,
    )
    return await _change(gateway, question)


async def _user(gateway: Gateway, user_id: str) -> c.User:
    return await gateway.bus.ask(c.GET_USER, c.GetUser(user_id=user_id))


async def _change(gateway: Gateway, question: c.ChangeUser) -> c.User:
    user = await gateway.bus.ask(c.CHANGE_USER, question, within_s=10)
    await gateway.access.directory.tell(f"user.{user.user_id}")
    return user
