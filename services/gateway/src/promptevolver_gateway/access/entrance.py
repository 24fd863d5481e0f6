"""Opening, renewing and ending sessions."""

from datetime import UTC, datetime, timedelta

import structlog
from promptevolver_contracts import accounts as c
from promptevolver_contracts.actors import Actor
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.ids import new_id
from promptevolver_runtime.telemetry import trace_id

from promptevolver_gateway.access.access import Access
from promptevolver_gateway.access.answers import TokenPair
from promptevolver_gateway.access.bodies import RegisterBody, SignInBody
from promptevolver_gateway.access.credentials import hashed, new_token, successor
from promptevolver_gateway.access.limits import network
from promptevolver_gateway.access.tokens import refused
from promptevolver_gateway.bus import Bus
from promptevolver_gateway.problems import Problem

log = structlog.get_logger(__name__)


def nobody(address: str) -> Actor:
    """Name a caller who has not proved who they are."""
    return Actor(id="nobody", address=address[:100], trace_id=trace_id())


class Entrance:
    """Where people come in. Raises Problem and QueryFailed."""

    def __init__(self, bus: Bus, access: Access) -> None:
        self._bus = bus
        self._access = access
        self._settings = access.settings

    async def register(self, body: RegisterBody, address: str) -> c.User:
        """Make a user."""
        registration = self._settings.registration
        if registration == "closed" or (registration == "invite" and body.invitation is None):
            how = "ask an operator for an account" if registration == "closed" else "get invited"
            raise Problem(ErrorCode.FORBIDDEN, f"registration is not open here; {how}")
        self._need_sign_in()
        await self._access.limits.charge(self._access.policies.register, network(address))
        user = await self._bus.ask(
            c.REGISTER,
            c.Register(
                user_id=new_id(),
                email=body.email,
                name=body.name,
                password=body.password,
                invitation_hash=None if body.invitation is None else hashed(body.invitation),
                by=nobody(address),
            ),
            within_s=10,
        )
        await self._access.directory.tell("access")
        return user

    async def sign_in(self, body: SignInBody, address: str, agent: str) -> TokenPair:
        """Open a session."""
        self._need_sign_in()
        await self.slow_down(body.email, address)
        now = datetime.now(UTC)
        session_id, refresh_token = new_id(), new_token("per")
        user = await self._bus.ask(
            c.SIGN_IN,
            c.SignIn(
                email=body.email,
                password=body.password,
                session_id=session_id,
                token_hash=hashed(refresh_token),
                token_expires_at=now + timedelta(seconds=self._settings.refresh_token_s),
                expires_at=now + timedelta(seconds=self._settings.session_s),
                agent=agent[:300],
                by=nobody(address),
            ),
            within_s=10,
        )
        return self._pair(user.user_id, session_id, refresh_token)

    async def refresh(self, token: str, address: str) -> TokenPair:
        """Exchange a refresh token. One that was exchanged before ends its session at once."""
        self._need_sign_in()
        following = successor(self._access.tokens.secret, token)
        until = datetime.now(UTC) + timedelta(seconds=self._settings.refresh_token_s)
        found = await self._bus.ask(
            c.REFRESH,
            c.Refresh(
                token_hash=hashed(token),
                successor_hash=hashed(following),
                token_expires_at=until,
                grace_s=self._settings.refresh_grace_s,
                by=nobody(address),
            ),
        )
        if found.outcome == "reused":
            await self._access.directory.tell(f"user.{found.user_id}")
            log.warning("refresh token used twice; session ended", session=found.session_id)
        if found.outcome != "refreshed" or found.user_id is None or found.session_id is None:
            raise refused("the refresh token is unknown, expired or was used before; sign in again")
        return self._pair(found.user_id, found.session_id, following)

    async def slow_down(self, account: str, address: str) -> None:
        """Count an attempt to prove who one is. Raises RateLimited."""
        limits, policies = self._access.limits, self._access.policies
        name = c.email_key(account)
        await limits.charge(policies.sign_in, f"{name}\n{network(address)}")
        await limits.charge(policies.account, name)

    def _pair(self, user_id: str, session_id: str, refresh_token: str) -> TokenPair:
        access = self._access.tokens.issue(user_id, session_id)
        return TokenPair(
            access_token=access.text,
            expires_at=access.expires_at,
            refresh_token=refresh_token,
            session_id=session_id,
        )

    def _need_sign_in(self) -> None:
        if not self._settings.signs_in:
            raise Problem(
                ErrorCode.FORBIDDEN,
                "nobody can sign in here until PROMPTEVOLVER_TOKEN_SECRET is set for all gateways",
            )
