"""Who belongs to a project, and who is invited to."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path
from promptevolver_contracts import accounts as c
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.ids import new_id
from pydantic import TypeAdapter

from promptevolver_gateway import cursors
from promptevolver_gateway.access.answers import InvitationList, InvitationMade, MemberList
from promptevolver_gateway.access.bodies import InvitationBody, MemberBody, RoleBody
from promptevolver_gateway.access.credentials import hashed, new_token
from promptevolver_gateway.access.opening import require_somebody_in_charge
from promptevolver_gateway.access.places import may_administer, may_see
from promptevolver_gateway.answers import Page
from promptevolver_gateway.gateway import PREFIX, Gateway, Parts
from promptevolver_gateway.identity import AnyCaller, Identity, allowed
from promptevolver_gateway.problems import documented
from promptevolver_gateway.routes.parameters import Cursor, Limit
from promptevolver_gateway.routes.projects import ProjectPath
from promptevolver_gateway.routes.users import UserId

router = APIRouter(prefix=PREFIX, tags=["access"])

_POSITION = TypeAdapter(tuple[str])
_LISTING = documented(ErrorCode.NOT_FOUND, ErrorCode.CURSOR_FILTER_MISMATCH)
_CHANGING = documented(ErrorCode.NOT_FOUND, ErrorCode.CONFLICT)

Admin = Annotated[Identity, allowed("admin")]


@router.get("/projects/{project_id}/members", summary="List members", responses=_LISTING)
async def members(
    project_id: ProjectPath,
    caller: AnyCaller,
    gateway: Parts,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> MemberList:
    """List who belongs to a project, as one who does."""
    may_see(caller, project_id)
    filters = {"list": "members", "project": project_id}
    after = cursors.decode(cursor, filters, _POSITION)[0] if cursor else None
    page = await gateway.bus.ask(
        c.LIST_MEMBERS, c.ListMembers(project=project_id, after=after, limit=limit)
    )
    following = cursors.encode([page.members[-1].user_id], filters) if page.more else None
    return MemberList(data=page.members, page=Page(next_cursor=following, limit=limit))


@router.post(
    "/projects/{project_id}/members",
    status_code=201,
    summary="Add a member",
    responses=_CHANGING,
)
async def add_member(
    project_id: ProjectPath, body: MemberBody, caller: AnyCaller, gateway: Parts
) -> c.Member:
    """Make a user a member, as an admin of the project. Who is no user yet is invited instead."""
    question = c.PutMember(
        project=project_id,
        user_id=body.user_id,
        email=body.email,
        role=body.role,
        by=caller.actor,
    )
    return await _put(gateway, caller, question)


@router.put(
    "/projects/{project_id}/members/{user_id}", summary="Set a member's role", responses=_CHANGING
)
async def put_member(
    project_id: ProjectPath, user_id: UserId, body: RoleBody, caller: AnyCaller, gateway: Parts
) -> c.Member:
    """Give a user a role, as an admin of the project. It holds from the next request on."""
    question = c.PutMember(project=project_id, user_id=user_id, role=body.role, by=caller.actor)
    return await _put(gateway, caller, question)


@router.delete(
    "/projects/{project_id}/members/{user_id}",
    status_code=204,
    summary="Remove a member",
    responses=_CHANGING,
)
async def remove_member(
    project_id: ProjectPath, user_id: UserId, caller: AnyCaller, gateway: Parts
) -> None:
    """End a membership, as an admin of the project, or one's own.

    The keys that the user made for the project stop working.
    """
    if caller.id == f"user:{user_id}":
        may_see(caller, project_id)
    else:
        may_administer(caller, project_id)
    question = c.RemoveMember(project=project_id, user_id=user_id, by=caller.actor)
    await gateway.bus.ask(c.REMOVE_MEMBER, question)
    await gateway.access.directory.tell(f"user.{user_id}")


async def _put(gateway: Gateway, caller: Identity, question: c.PutMember) -> c.Member:
    may_administer(caller, question.project)
    member = await gateway.bus.ask(c.PUT_MEMBER, question)
    await gateway.access.directory.tell(f"user.{member.user_id}")
    return member


@router.get(
    "/invitations",
    summary="List invitations",
    responses=documented(ErrorCode.CURSOR_FILTER_MISMATCH),
)
async def invitations(
    caller: Admin, gateway: Parts, cursor: Cursor = None, limit: Limit = 50
) -> InvitationList:
    """List the project's open invitations, newest first."""
    filters = {"list": "invitations", "project": caller.project}
    before = cursors.decode(cursor, filters, _POSITION)[0] if cursor else None
    page = await gateway.bus.ask(
        c.LIST_INVITATIONS,
        c.ListInvitations(project=caller.project, before=before, limit=limit),
    )
    following = cursors.encode([page.invitations[-1].invitation_id], filters) if page.more else None
    return InvitationList(data=page.invitations, page=Page(next_cursor=following, limit=limit))


@router.post(
    "/invitations",
    status_code=201,
    summary="Invite somebody",
    responses=documented(ErrorCode.CONFLICT),
)
async def invite(body: InvitationBody, caller: Admin, gateway: Parts) -> InvitationMade:
    """Keep a place in the project for an address.

    No mail is sent: give the token, which is shown only now, to who is invited; they register
    with it.
    """
    require_somebody_in_charge(caller)
    token = new_token("pei")
    invitation = await gateway.bus.ask(
        c.INVITE,
        c.Invite(
            invitation_id=new_id(),
            token_hash=hashed(token),
            email=body.email,
            project=caller.project,
            role=body.role,
            expires_at=datetime.now(UTC) + timedelta(days=body.days),
            by=caller.actor,
        ),
    )
    return InvitationMade(invitation=invitation, token=token)


@router.delete(
    "/invitations/{invitation_id}",
    status_code=204,
    summary="Withdraw an invitation",
    responses=documented(ErrorCode.NOT_FOUND),
)
async def withdraw(
    invitation_id: Annotated[str, Path(max_length=64)], caller: Admin, gateway: Parts
) -> None:
    """End an invitation that nobody has used."""
    question = c.Uninvite(project=caller.project, invitation_id=invitation_id, by=caller.actor)
    await gateway.bus.ask(c.UNINVITE, question)
