"""An issuer of tokens that answers over HTTP, with keys that can be changed."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

AUDIENCE = "promptevolver-tests"

type Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def new_key(algorithm: str) -> Key:
    if algorithm.startswith("RS"):
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


class FakeIssuer:
    """Signs what it is asked to, right or wrong."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.says_it_is = url
        self.keys: dict[str, tuple[str, Key]] = {}
        self.odd_keys: list[dict[str, Any]] = []
        """Published before the others"""
        self.away = False
        self.asked = 0

    def rotate(self, kid: str, algorithm: str = "RS256") -> None:
        """Sign with another key from now on, and forget the ones before."""
        self.keys = {kid: (algorithm, new_key(algorithm))}

    def token(self, subject: str = "248289761001", **changes: Any) -> str:
        """Sign a token with the only key; None takes a claim away."""
        ((kid, (algorithm, key)),) = self.keys.items()
        now = datetime.now(UTC)
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": subject,
            "iat": now,
            "exp": now + timedelta(minutes=5),
            "email": "ada@example.org",
            "email_verified": True,
            "name": "Ada",
        } | changes
        said = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(said, key, algorithm, {"kid": kid})

    @property
    def public_keys(self) -> list[dict[str, Any]]:
        found = []
        for kid, (algorithm, key) in self.keys.items():
            kind: Any = RSAAlgorithm if algorithm.startswith("RS") else ECAlgorithm
            jwk = json.loads(kind.to_jwk(key.public_key()))
            found.append(jwk | {"kid": kid, "use": "sig", "alg": algorithm})
        return found


@asynccontextmanager
async def fake_issuer() -> AsyncIterator[FakeIssuer]:
    """Serve discovery and keys on a port of its own."""
    app = web.Application()
    runner = web.AppRunner(app)
    issuer = FakeIssuer("")

    async def discovery(_request: web.Request) -> web.Response:
        return web.json_response(
            {"issuer": issuer.says_it_is, "jwks_uri": f"{issuer.url}/keys"},
            status=503 if issuer.away else 200,
        )

    async def keys(_request: web.Request) -> web.Response:
        issuer.asked += 1
        return web.json_response({"keys": [*issuer.odd_keys, *issuer.public_keys]})

    app.router.add_get("/.well-known/openid-configuration", discovery)
    app.router.add_get("/keys", keys)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    issuer.url = issuer.says_it_is = f"http://127.0.0.1:{port}"
    issuer.rotate("first")
    try:
        yield issuer
    finally:
        await runner.cleanup()
