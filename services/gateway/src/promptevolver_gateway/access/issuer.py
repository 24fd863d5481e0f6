"""An external issuer of tokens (OpenID Connect): found by discovery, its keys kept and renewed."""

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
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
        verified = claims.get("email_verified") is True
        return ExternalClaims(
            issuer=self._url,
            subject=str(claims["sub"])[:255],
            email=str(claims["email"])[:254] if verified and claims.get("email") else None,
            name=str(claims.get("name", ""))[:200],
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        )

    async def _key(self, kid: str) -> jwt.PyJWK:
        async with self._reading:
            age = None if self._read_at is None else self._clock() - self._read_at
            stale = age is None or age > _KEYS_S or (kid not in self._keys and age > _AGAIN_S)
            if stale:
                await self._renew()
        if kid not in self._keys:
            raise refused("the token names a key that its issuer does not have")
        return self._keys[kid]

    async def _renew(self) -> None:
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
        body = await answer.content.read(_MOST_BYTES)
    return json.loads(body)
