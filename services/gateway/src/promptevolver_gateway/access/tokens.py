"""Access tokens: short-lived, signed, checked without asking anybody."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.ids import new_id
from pydantic import SecretStr

from promptevolver_gateway.access.credentials import hashed
from promptevolver_gateway.problems import Problem

ISSUER = "promptevolver"
AUDIENCE = "promptevolver-api"
_ALGORITHM = "HS256"
_TYPE = "at+jwt"
_CLAIMS = ["iss", "aud", "sub", "sid", "iat", "nbf", "exp", "jti"]
_SKEW_S = 5
_MOST_CHECKED = 10_000
_EXPIRED = "the token has expired; get another by POST /api/v1/auth/refresh"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says."""

    user_id: str
    session_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token with its end."""

    text: str
    expires_at: datetime


def refused(detail: str) -> Problem:
    """Say that a credential is worth nothing."""
    return Problem(ErrorCode.UNAUTHENTICATED, detail)


class Tokens:
    """Signs with the first secret and accepts all of them, so that secrets can be changed.

    Without a secret it makes one for this process alone.
    """

    def __init__(self, secret_texts: tuple[SecretStr, ...], good_for_s: float) -> None:
        known = [each.get_secret_value() for each in secret_texts] or [secrets.token_hex(32)]
        self._first = known[0].encode()
        self._keys = {hashed(f"kid\n{each}")[:8]: each.encode() for each in known}
        self._good_for = timedelta(seconds=good_for_s)
        self._checked: dict[str, Claims] = {}

    @property
    def secret(self) -> bytes:
        """What tokens of other kinds are derived from."""
        return self._first

    def issue(self, user_id: str, session_id: str) -> AccessToken:
        """Sign a token for a session."""
        now = datetime.now(UTC)
        expires_at = now + self._good_for
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": user_id,
            "sid": session_id,
            "iat": now,
            "nbf": now,
            "exp": expires_at,
            "jti": new_id(),
        }
        headers = {"kid": next(iter(self._keys)), "typ": _TYPE}
        return AccessToken(jwt.encode(claims, self._first, _ALGORITHM, headers), expires_at)

    def read(self, text: str) -> Claims:
        """Check a token. Raises Problem `unauthenticated`.

        What a token says never changes, so one that was checked is only asked for its end again.
        """
        claims = self._checked.get(text)
        if claims is None:
            claims = self._check(text)
            if len(self._checked) >= _MOST_CHECKED:
                del self._checked[next(iter(self._checked))]
            self._checked[text] = claims
        if claims.expires_at + timedelta(seconds=_SKEW_S) <= datetime.now(UTC):
            self._checked.pop(text, None)
            raise refused(_EXPIRED)
        return claims

    def _check(self, text: str) -> Claims:
        try:
            header = jwt.get_unverified_header(text)
            key = self._keys.get(str(header.get("kid")))
            if key is None or header.get("typ") != _TYPE:
                raise refused("the token is not one of ours; sign in again")
            claims = jwt.decode(
                text,
                key,
                [_ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                leeway=_SKEW_S,
                options={"require": _CLAIMS, "strict_aud": True},
            )
        except jwt.ExpiredSignatureError as error:
            raise refused(_EXPIRED) from error
        except jwt.PyJWTError as error:
            why = "this is no valid token and no whole API key; sign in again, or copy the key anew"
            raise refused(why) from error
        return Claims(
            user_id=str(claims["sub"]),
            session_id=str(claims["sid"]),
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        )
