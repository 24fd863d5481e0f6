"""Who calls, for which project, and what they may do there."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, get_args

from fastapi import Depends, Request
from promptevolver_contracts.accounts import Role, Scope
from promptevolver_contracts.actors import Actor
from promptevolver_contracts.errors import ErrorCode
from promptevolver_runtime.telemetry import trace_id

from promptevolver_gateway.problems import Problem

SCOPES: tuple[Scope, ...] = get_args(Scope)

SCOPES_OF: dict[Role, frozenset[Scope]] = {
    "viewer": frozenset(scope for scope in SCOPES if scope.endswith(":read")),
    "editor": frozenset(scope for scope in SCOPES if scope != "admin"),
    "admin": frozenset(SCOPES),
}
"""What a role may do in its project. A key may be given fewer of them."""

DEFAULT_PROJECT = "default"


@dataclass(frozen=True, slots=True)
class Identity:
    """A caller in a project."""

    id: str
    """`user:<id>`, `key:<id>` or `local`"""
    name: str
    project: str
    scopes: frozenset[Scope]
    address: str = ""
    session_id: str | None = None
    expires_at: datetime | None = None
    """When the token or key ends; None for never"""
    operator: bool = False
    """Whether the caller administers the whole installation, not only projects"""
    configured: bool = False
    """Whether the key is one of the settings, which nobody can take back while the process lives"""
    user_id: str | None = None
    """The user who calls, or who made the key that calls"""
    roles: Mapping[str, Role] = field(default_factory=dict, hash=False)
    """A user's roles by project"""

    @property
    def actor(self) -> Actor:
        """The caller as changes name it."""
        # An address of e-mail may be longer than a name, and a proxy may say anything.
        name, address = self.name[:200], self.address[:100]
        return Actor(id=self.id, name=name, address=address, trace_id=trace_id())


async def identified(request: Request) -> Identity:
    """Give the caller that the guard before the routes has found."""
    identity: Identity = request.state.identity
    return identity


class Allowed:
    """Lets callers with a scope pass, and gives them to the route; None: any caller."""

    def __init__(self, scope: Scope | None) -> None:
        self.scope = scope

    async def __call__(self, request: Request) -> Identity:
        identity = await identified(request)
        if self.scope is not None and self.scope not in identity.scopes:
            raise Problem(
                ErrorCode.FORBIDDEN,
                f"this needs the scope '{self.scope}', which {identity.name} lacks in project "
                f"'{identity.project}'; ask an admin of the project for it",
            )
        return identity


class AllowedOperators(Allowed):
    """Lets those pass who administer the installation."""

    def __init__(self) -> None:
        super().__init__(None)

    async def __call__(self, request: Request) -> Identity:
        identity = await super().__call__(request)
        if not identity.operator:
            raise Problem(
                ErrorCode.FORBIDDEN, "only operators of the installation may do this; ask one"
            )
        return identity


def allowed(scope: Scope) -> Any:
    """Make the dependency on a caller with this scope.

    As in `caller: Annotated[Identity, allowed("runs:read")]`.
    """
    needed: Callable[[Request], Awaitable[Identity]] = Allowed(scope)
    return Depends(needed)


AnyCaller = Annotated[Identity, Depends(Allowed(None))]
"""Whoever has proved who they are, whatever project they are in."""

Operator = Annotated[Identity, Depends(AllowedOperators())]
"""Who administers the installation."""
