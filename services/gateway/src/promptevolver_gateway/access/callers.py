"""From what came with a request to who calls: nobody, a local user, an operator, a key, a user."""

import hmac
from dataclasses import dataclass

import jwt
from promptevolver_contracts import accounts as c
from promptevolver_contracts.actors import Actor
from promptevolver_contracts.errors import ErrorCode
from promptevolver_runtime.telemetry import trace_id

from promptevolver_gateway.access.access import Access
from promptevolver_gateway.access.credentials import hashed, key_prefix
from promptevolver_gateway.access.limits import Policy
from promptevolver_gateway.access.tokens import Claims, refused
from promptevolver_gateway.identity import DEFAULT_PROJECT, SCOPES_OF, Identity
from promptevolver_gateway.problems import Problem

LOCAL = "local"
"""Whoever calls where no credential is needed."""
NOTHING_GIVEN = (
    "send a token or a known API key as 'Authorization: Bearer …', or the key as 'X-API-Key: …'"
)


@dataclass(frozen=True, slots=True)
class Call:
    """What a request says about its caller."""

    token: str
    project: str | None
    """The project that is asked for"""
    address: str


@dataclass(frozen=True, slots=True)
class Found:
    """Who calls, and what is counted against whom."""

    identity: Identity
    policy: Policy
    who: str


class Callers:
    """Finds out who calls. All methods raise Problem or QueryFailed when it is nobody."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._static = [key.get_secret_value().encode() for key in access.settings.api_keys]

    async def find(self, call: Call) -> Found:
        """Give the caller."""
        if (found := await self._static_key(call)) is not None:
            return found
        if not self._access.settings.needs_credentials and not await self._guarded():
            identity = await self._operator(LOCAL, call)
            return Found(identity, self._access.policies.local, call.address)
        if not call.token:
            raise refused(NOTHING_GIVEN)
        if (prefix := key_prefix(call.token)) is not None:
            return await self._key(call, prefix)
        return await self._user(call)

    async def is_known(self, call: Call) -> bool:
        """Whether a credential can be told from a guess here, without asking history."""
        if self._is_static(call.token):
            return True
        if key_prefix(call.token) is not None:
            return self._access.directory.knows_key(call.token)
        issuer = self._access.issuer
        try:
            if issuer is not None and _names(call.token, self._access.settings.oidc_issuer):
                await issuer.read(call.token)
            else:
                self._access.tokens.read(call.token)
        except Problem:
            return False
        return True

    async def _guarded(self) -> bool:
        return await self._access.directory.guarded()

    def _is_static(self, token: str) -> bool:
        given = token.encode()
        # Every key is compared, so the time taken tells nothing about which one is close.
        matches = [hmac.compare_digest(given, key) for key in self._static]
        return any(matches)

    async def _static_key(self, call: Call) -> Found | None:
        if not self._is_static(call.token):
            return None
        name = f"key:{hashed(call.token)[:8]}"
        return Found(await self._operator(name, call), self._access.policies.key, name)

    async def _operator(self, name: str, call: Call) -> Identity:
        project, archived = DEFAULT_PROJECT, False
        if call.project not in (None, DEFAULT_PROJECT):
            found = await self._project(call.project)
            project, archived = found.project, found.archived_at is not None
        return Identity(
            id=name,
            name=name.replace(":", " "),
            project=project,
            scopes=_scopes("admin", archived=archived),
            address=call.address,
            operator=True,
            configured=name != LOCAL,
        )

    async def _key(self, call: Call, prefix: str) -> Found:
        self._need_news()
        found = await self._access.directory.key(prefix, call.token)
        key = found.key
        if call.project not in (None, key.project):
            raise _no_project(str(call.project))
        scopes = _scopes(
            found.owner_role if found.owner is not None else "admin", archived=found.archived
        )
        self._access.uses.note(key.key_id, call.address)
        name = f"key:{key.key_id}"
        identity = Identity(
            id=name,
            name=key.name or key.prefix,
            project=key.project,
            scopes=scopes & frozenset(key.scopes),
            address=call.address,
            expires_at=key.expires_at,
            user_id=found.owner,
        )
        return Found(identity, self._access.policies.key, name)

    async def _user(self, call: Call) -> Found:
        issuer = self._access.issuer
        if issuer is not None and _names(call.token, self._access.settings.oidc_issuer):
            self._need_news()
            external = await issuer.read(call.token)
            by = Actor(id="system", name=external.issuer[:200], address=call.address[:100])
            by = by.model_copy(update={"trace_id": trace_id()})
            caller = await self._access.directory.external(external, by)
            claims = Claims(caller.user.user_id, "", external.expires_at)
        else:
            claims = self._access.tokens.read(call.token)
            self._need_news()
            caller = await self._access.directory.caller(claims.user_id, claims.session_id)
        identity = await self._member(caller, claims, call)
        return Found(identity, self._access.policies.user, identity.id)

    async def _member(self, caller: c.Caller, claims: Claims, call: Call) -> Identity:
        user = caller.user
        chosen = _membership(caller.memberships, call.project)
        if user.is_operator and call.project is not None:
            found = await self._project(call.project)
            chosen = c.Membership(
                project=found.project,
                name=found.name,
                role="admin",
                archived=found.archived_at is not None,
            )
        elif user.is_operator:
            home = chosen or c.Membership(project=DEFAULT_PROJECT, name="", role="admin")
            chosen = home.model_copy(update={"role": "admin"})
        elif call.project is not None and chosen is None:
            raise _no_project(call.project)
        return Identity(
            id=f"user:{user.user_id}",
            name=user.name or user.email,
            project="" if chosen is None else chosen.project,
            scopes=_scopes(chosen.role, archived=chosen.archived) if chosen else frozenset(),
            address=call.address,
            session_id=claims.session_id or None,
            expires_at=claims.expires_at,
            operator=user.is_operator,
            user_id=user.user_id,
            roles={each.project: each.role for each in caller.memberships},
        )

    async def _project(self, project: str | None) -> c.Project:
        return await self._access.directory.project(project or DEFAULT_PROJECT)

    def _need_news(self) -> None:
        """Let nobody in by what may have been revoked unheard."""
        if not self._access.directory.listening:
            raise Problem(
                ErrorCode.UNAVAILABLE,
                "revocations cannot be heard of right now, so nobody is let in; ask again",
                retry_after_s=1,
            )


def _membership(memberships: tuple[c.Membership, ...], project: str | None) -> c.Membership | None:
    """Give the one that is asked for, else the first that is not archived, else the first."""
    if project is not None:
        return next((each for each in memberships if each.project == project), None)
    live = (each for each in memberships if not each.archived)
    return next(live, memberships[0] if memberships else None)


def _scopes(role: c.Role | None, *, archived: bool) -> frozenset[c.Scope]:
    """Give what a role may do; an archived project is only read, and brought back by admins."""
    if role is None:
        return frozenset()
    scopes = SCOPES_OF[role]
    return scopes & (SCOPES_OF["viewer"] | {"admin"}) if archived else scopes


def _no_project(project: str) -> Problem:
    return Problem(
        ErrorCode.NOT_FOUND,
        f"there is no project {project} for you; GET /api/v1/projects lists yours",
    )


def _names(token: str, issuer: str | None) -> bool:
    """Whether a token says that it is of this issuer; whether it is, its keys tell."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        return False
    return bool(claims.get("iss") == issuer)
