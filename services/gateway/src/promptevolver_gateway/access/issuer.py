"""An external issuer of tokens (OpenID Connect): found by discovery, its keys kept and renewed."""

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from typing import Any

import aiohttp
import jwt
import structlog
from promptevolver_contracts.errors import ErrorCode

from promptevolver_gateway.access.tokens import refused
from promptevolver_gateway.problems import Problem

log = structlog.get_logger(__name__)

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
"""Asymmetric ones alone: whoever may check a token must not be able to make one."""

_KEYS_S = 3600.0
_AGAIN_S = 10.0
_TIMEOUT_S = 5.0
_MOST_BYTES = 1_000_000
_LONGEST_SUBJECT = 255
_LONGEST_EMAIL = 254


@dataclass(frozen=True, slots=True)
class ExternalClaims:
    """Whom an external issuer vouches for."""

    issuer: str
    subject: str
    email: str | None
    """Only when the issuer has verified it"""
    name: str
    expires_at: datetime


class Issuer:
    """One issuer. Its keys are read again when they are old, or when a token names another."""

    def __init__(
        self,
        url: str,
        audience: str,
        skew_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._audience = audience
        self._skew_s = skew_s
        self._clock = clock
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._read_at: float | None = None
        self._tried_at: float | None = None
        self._reading = asyncio.Lock()

    async def read(self, text: str) -> ExternalClaims:
        """Check a token. Raises Problem `unauthenticated`, `unavailable` without keys."""
        try:
            header = jwt.get_unverified_header(text)
            if header.get("alg") not in ALGORITHMS:
                raise refused(f"the token's algorithm is not one of {', '.join(ALGORITHMS)}")
            key = await self._key(str(header.get("kid", "")))
            claims = jwt.decode(
                text,
                key,
                ALGORITHMS,
                issuer=self._url,
                audience=self._audience,
                leeway=self._skew_s,
                options={"require": ["iss", "aud", "sub", "exp", "iat"]},
            )
        except jwt.PyJWTError as error:
            raise refused("the issuer's token is not valid here; get another") from error
        if len(claims["sub"]) > _LONGEST_SUBJECT:
            # Cut off, it could be somebody else's.
            raise refused(f"the token's subject is longer than {_LONGEST_SUBJECT} characters")
        return ExternalClaims(
            issuer=self._url,
            subject=claims["sub"],
            email=_verified_email(claims),
            name=str(claims.get("name", ""))[:200],
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        )

    async def _key(self, kid: str) -> jwt.PyJWK:
        # While somebody reads the keys again, those that are known do: an issuer that is slow must
        # not keep everybody waiting because a token names a key that there never was.
        if kid not in self._keys or not self._reading.locked():
            async with self._reading:
                stale = self._since(self._read_at) > _KEYS_S or kid not in self._keys
                if stale and self._since(self._tried_at) > _AGAIN_S:
                    await self._renew()
        if kid not in self._keys:
            raise refused("the token names a key that its issuer does not have")
        return self._keys[kid]

    def _since(self, moment: float | None) -> float:
        return inf if moment is None else self._clock() - moment

    async def _renew(self) -> None:
        self._tried_at = self._clock()
        try:
            keys = await self._fetch()
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError) as error:
            log.warning("keys of the issuer not read", issuer=self._url, error=repr(error))
            if not self._keys:
                raise Problem(
                    ErrorCode.UNAVAILABLE,
                    "the token's issuer does not answer, so the token cannot be checked",
                    retry_after_s=5,
                ) from error
        else:
            self._keys = keys
            self._read_at = self._clock()

    async def _fetch(self) -> dict[str, jwt.PyJWK]:
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
        async with aiohttp.ClientSession(timeout=timeout) as http:
            place = self._url.rstrip("/") + "/.well-known/openid-configuration"
            document = await _json(http, place)
            if document["issuer"] != self._url:
                raise ValueError(f"{place} speaks for {document['issuer']}")
            found = await _json(http, document["jwks_uri"])
        return _usable(found["keys"])


def _verified_email(claims: Mapping[str, Any]) -> str | None:
    """Give the address that the issuer has verified; one that is too long is nobody's here."""
    email = claims.get("email")
    if claims.get("email_verified") is not True or not isinstance(email, str):
        return None
    return email if 0 < len(email) <= _LONGEST_EMAIL else None


def _usable(keys: Iterable[Mapping[str, Any]]) -> dict[str, jwt.PyJWK]:
    """Leave out keys that are for something else, or of a kind that is not known here."""
    found = {}
    for each in keys:
        if each.get("use", "sig") != "sig" or each.get("kty") not in {"RSA", "EC", "OKP"}:
            continue
        try:
            found[str(each["kid"])] = jwt.PyJWK(dict(each))
        except (jwt.PyJWTError, KeyError) as error:
            log.info("key of the issuer left out", kid=each.get("kid"), error=repr(error))
    return found


async def _json(http: aiohttp.ClientSession, url: str) -> Any:
    async with http.get(url, allow_redirects=False) as answer:
        answer.raise_for_status()
        # One reading gives no more than has come so far.
        body = bytearray()
        async for piece in answer.content.iter_chunked(_MOST_BYTES):
            body += piece
            if len(body) > _MOST_BYTES:
                raise ValueError(f"{url} answers more than {_MOST_BYTES} bytes")
    return json.loads(body)
