"""One-time tickets: a browser cannot send headers with a WebSocket, so it shows one of these."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.streams import TICKETS
from promptevolver_runtime.rpc import QueryFailed
from pydantic import BaseModel

from promptevolver_gateway.access.callers import Call, Callers
from promptevolver_gateway.bus import Bus
from promptevolver_gateway.identity import Identity
from promptevolver_gateway.problems import Problem

_NONCE_BYTES = 12
_MOST_BYTES = 12 * 1024


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as its owner gets it."""

    text: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Redeemed:
    """Who a ticket lets in, by the rights that they have now."""

    identity: Identity
    issued_at: datetime


class _Kept(BaseModel):
    """What stands behind a ticket: what its owner called with, not what they could do then."""

    token: str
    project: str | None
    issued_at: datetime


class Tickets:
    """Tickets of all gateways: whoever takes one out of the broker's bucket has used it.

    What is kept can be read with the ticket alone, which is kept nowhere.
    """

    def __init__(self, bus: Bus, good_for_s: float, callers: Callers) -> None:
        self._bus = bus
        self._good_for = timedelta(seconds=good_for_s)
        self._callers = callers

    async def issue(self, token: str, project: str | None) -> Ticket:
        """Make a ticket for who calls with this. Raises Problem `unavailable`."""
        text = secrets.token_urlsafe(32)
        kept = _Kept(token=token, project=project or None, issued_at=datetime.now(UTC))
        spelt = kept.model_dump_json().encode()
        if len(spelt) > _MOST_BYTES:
            raise Problem(ErrorCode.TOO_LARGE, "the token is too long for a ticket; send it itself")
        await self._bus.keep(TICKETS, _key(text), _sealed(text, spelt))
        return Ticket(text, kept.issued_at + self._good_for)

    async def redeem(self, text: str, address: str) -> Redeemed:
        """Find who a ticket was made for, once. Raises Problem `unauthenticated` and others."""
        taken = await self._bus.take(TICKETS, _key(text))
        kept = None if taken is None else _opened(text, taken)
        if kept is None or kept.issued_at + self._good_for < datetime.now(UTC):
            raise Problem(
                ErrorCode.UNAUTHENTICATED,
                "the ticket is unknown, used or too old; get another by POST /api/v1/ws_tickets",
            )
        try:
            found = await self._callers.find(Call(kept.token, kept.project, address))
        except QueryFailed as error:
            raise Problem.of_info(error.info) from error
        return Redeemed(found.identity, kept.issued_at)


def _key(text: str) -> str:
    # Who can read the bucket must not find tickets in it.
    return hashlib.sha256(text.encode()).hexdigest()


def _cipher(text: str) -> AESGCM:
    return AESGCM(hashlib.sha256(f"sealed\n{text}".encode()).digest())


def _sealed(text: str, kept: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + _cipher(text).encrypt(nonce, kept, None)


def _opened(text: str, taken: bytes) -> _Kept | None:
    try:
        kept = _cipher(text).decrypt(taken[:_NONCE_BYTES], taken[_NONCE_BYTES:], None)
    except (InvalidTag, ValueError):
        # Not written by a gateway.
        return None
    return _Kept.model_validate_json(kept)
