"""Signatures as the Standard Webhooks specification has them (standardwebhooks.com)."""

import base64
import hashlib
import hmac

SECRET_PREFIX = "whsec_"  # noqa: S105  what secrets begin with


def signature(secret: str, delivery_id: str, timestamp: int, body: bytes) -> str:
    """Sign a delivery: `v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`.

    `timestamp` is in seconds since the epoch. The key is what follows `whsec_`, base64 decoded.
    """
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = b".".join((delivery_id.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
