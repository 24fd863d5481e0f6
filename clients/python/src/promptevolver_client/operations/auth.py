"""Operations on auth; made by derive.py from the document."""

from collections.abc import Mapping
from typing import Any

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call
from promptevolver_client.model import plain


def methods() -> Answer[models.SignInMethods]:
    """How to sign in.

    Say how callers prove who they are here. Needs no credentials.
    """
    return Answer(Call("GET", "/api/v1/auth/methods"), models.SignInMethods)


def password(body: models.PasswordBody | Mapping[str, Any]) -> Call:
    """Change the password.

    Set another password; all other sessions end.
    """
    return Call("POST", "/api/v1/auth/password", json=plain(body))


def refresh(body: models.RefreshBody | Mapping[str, Any]) -> Answer[models.TokenPair]:
    """Renew a session's tokens.

    Exchange a refresh token for an access token and the next refresh token.

    A refresh token is good once. When an answer got lost, the same exchange may be repeated for a
    few seconds, and gives the same refresh token; later, or after that one was used, it ends the
    whole session, since somebody else may have the tokens.
    """
    return Answer(Call("POST", "/api/v1/auth/refresh", json=plain(body)), models.TokenPair)


def register(body: models.RegisterBody | Mapping[str, Any]) -> Answer[models.User]:
    """Register.

    Make a user of oneself, where registration is open or with an invitation's token.

    An invitation also makes one a member of its project. Sign in afterwards.
    """
    return Answer(Call("POST", "/api/v1/auth/register", json=plain(body)), models.User)


def sign_in(body: models.SignInBody | Mapping[str, Any]) -> Answer[models.TokenPair]:
    """Sign in.

    Open a session: a short access token, and a refresh token to get the next ones.

    A wrong password and an unknown address are told apart by nothing, not even by time.
    """
    return Answer(Call("POST", "/api/v1/auth/sign_in", json=plain(body)), models.TokenPair)


def sign_out() -> Call:
    """Sign out.

    End this session; its tokens are worth nothing at once, at every gateway.
    """
    return Call("POST", "/api/v1/auth/sign_out")


def sign_out_everywhere() -> Call:
    """Sign out everywhere.

    End all sessions of the user, this one too.
    """
    return Call("POST", "/api/v1/auth/sign_out_everywhere")
