"""Projects that are named in the path instead of by the caller's own choice of project."""

from promptevolver_contracts.accounts import Role
from promptevolver_contracts.errors import ErrorCode

from promptevolver_gateway.identity import Identity
from promptevolver_gateway.problems import Problem


def may_see(caller: Identity, project: str) -> None:
    """Raise Problem `not_found` for a project that the caller does not belong to."""
    if _role(caller, project) is None:
        raise Problem(ErrorCode.NOT_FOUND, f"there is no project {project} for you")


def may_administer(caller: Identity, project: str) -> None:
    """Raise Problem: `not_found` as above, `forbidden` for a member who is no admin there."""
    role = _role(caller, project)
    if role is None:
        raise Problem(ErrorCode.NOT_FOUND, f"there is no project {project} for you")
    if role != "admin":
        raise Problem(
            ErrorCode.FORBIDDEN, f"only admins of project '{project}' may do this; ask one"
        )


def _role(caller: Identity, project: str) -> Role | None:
    if caller.operator:
        return "admin"
    if not caller.id.startswith("user:"):
        own = caller.project == project
        return ("admin" if "admin" in caller.scopes else "viewer") if own else None
    return caller.roles.get(project)
