"""Proving who one is: registration, sessions, passwords."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from promptevolver_contracts import accounts as c
from promptevolver_contracts.errors import ErrorCode

from promptevolver_gateway.access.answers import SessionList, SignInMethods, TokenPair
from promptevolver_gateway.access.bodies import (
    PasswordBody,
    RefreshBody,
    RegisterBody,
    SignInBody,
)
from promptevolver_gateway.access.entrance import Entrance
from promptevolver_gateway.answers import Page
from promptevolver_gateway.gateway import PREFIX, Parts
from promptevolver_gateway.identity import AnyCaller, Identity
from promptevolver_gateway.problems import Problem, documented

router = APIRouter(prefix=f"{PREFIX}/auth", tags=["access"])


@router.get("/methods", summary="How to sign in", responses=documented())
async def methods(gateway: Parts) -> SignInMethods:
    """Say how callers prove who they are here. Needs no credentials."""
    settings = gateway.settings
    return SignInMethods(
        credentials_needed=settings.needs_credentials or await gateway.access.directory.guarded(),
        sign_in=settings.signs_in,
        registration=settings.registration,
        issuer=settings.oidc_issuer,
    )


@router.post(
    "/register",
    status_code=201,
    summary="Register",
    responses=documented(ErrorCode.CONFLICT),
)
async def register(body: RegisterBody, request: Request, gateway: Parts) -> c.User:
    """Make a user of oneself, where registration is open or with an invitation's token.

    An invitation also makes one a member of its project. Sign in afterwards.
    """
    return await Entrance(gateway.bus, gateway.access).register(body, _address(request))


@router.post("/sign_in", summary="Sign in", responses=documented())
async def sign_in(body: SignInBody, request: Request, gateway: Parts) -> TokenPair:
    """Open a session: a short access token, and a refresh token to get the next ones.

    A wrong password and an unknown address are told apart by nothing, not even by time.
    """
    agent = request.headers.get("user-agent", "")
    return await Entrance(gateway.bus, gateway.access).sign_in(body, _address(request), agent)


@router.post("/refresh", summary="Renew a session's tokens", responses=documented())
async def refresh(body: RefreshBody, request: Request, gateway: Parts) -> TokenPair:
    """Exchange a refresh token for an access token and the next refresh token.

    A refresh token is good once. When an answer got lost, the same exchange may be repeated for a
    few seconds, and gives the same refresh token; later, or after that one was used, it ends the
    whole session, since somebody else may have the tokens.
    """
    entrance = Entrance(gateway.bus, gateway.access)
    return await entrance.refresh(body.refresh_token, _address(request))


@router.post("/sign_out", status_code=204, summary="Sign out", responses=documented())
async def sign_out(caller: AnyCaller, gateway: Parts) -> None:
    """End this session; its tokens are worth nothing at once, at every gateway."""
    session_id, user_id = _own_session(caller)
    await _end(gateway, caller, user_id, session_id)


@router.post(
    "/sign_out_everywhere", status_code=204, summary="Sign out everywhere", responses=documented()
)
async def sign_out_everywhere(caller: AnyCaller, gateway: Parts) -> None:
    """End all sessions of the user, this one too."""
    _, user_id = _own_session(caller)
    await _end(gateway, caller, user_id, None)


@router.post("/password", status_code=204, summary="Change the password", responses=documented())
async def change_password(
    body: PasswordBody, caller: AnyCaller, request: Request, gateway: Parts
) -> None:
    """Set another password; all other sessions end."""
    session_id, user_id = _own_session(caller)
    entrance = Entrance(gateway.bus, gateway.access)
    await entrance.slow_down(user_id, _address(request))
    await gateway.bus.ask(
        c.CHANGE_PASSWORD,
        c.ChangePassword(
            user_id=user_id,
            current=body.current_password,
            new=body.new_password,
            session_id=session_id,
            by=caller.actor,
        ),
        within_s=10,
    )
    await gateway.access.directory.tell(f"user.{user_id}")


@router.get("/sessions", summary="List sessions", responses=documented())
async def sessions(caller: AnyCaller, gateway: Parts) -> SessionList:
    """List the user's open sessions, newest first; there are at most a hundred."""
    _, user_id = _own_session(caller)
    found = await gateway.bus.ask(c.LIST_SESSIONS, c.ListSessions(user_id=user_id))
    return SessionList(data=found.sessions, page=Page(next_cursor=None, limit=200))


@router.delete(
    "/sessions/{session_id}",
    status_code=204,
    summary="End a session",
    responses=documented(ErrorCode.NOT_FOUND),
)
async def end_session(
    session_id: Annotated[str, Path(max_length=64)], caller: AnyCaller, gateway: Parts
) -> None:
    """End one of the user's sessions, at once and at every gateway."""
    _, user_id = _own_session(caller)
    if not await _end(gateway, caller, user_id, session_id):
        raise Problem(ErrorCode.NOT_FOUND, f"there is no open session {session_id} of yours")


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _own_session(caller: Identity) -> tuple[str, str]:
    if caller.session_id is None or caller.user_id is None:
        raise Problem(
            ErrorCode.FORBIDDEN,
            f"{caller.name} is not signed in with a password, so there are no sessions here",
        )
    return caller.session_id, caller.user_id


async def _end(gateway: Parts, caller: Identity, user_id: str, session_id: str | None) -> bool:
    question = c.EndSessions(user_id=user_id, session_id=session_id, by=caller.actor)
    ended = await gateway.bus.ask(c.END_SESSIONS, question)
    await gateway.access.directory.tell(f"user.{user_id}")
    return ended.done
