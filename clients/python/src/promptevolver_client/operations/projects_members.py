"""Operations on projects members; made by derive.py from the document."""

from collections.abc import Mapping
from typing import Any

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call, Listing, path
from promptevolver_client.model import plain


def create_member(
    project_id: str,
    body: models.MemberBody | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
) -> Answer[models.Member]:
    """Add a member.

    Make a user a member, as an admin of the project. Who is no user yet is invited instead.
    """
    return Answer(
        Call(
            "POST",
            path("/api/v1/projects/{}/members", project_id),
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.Member,
    )


def delete_member(project_id: str, user_id: str) -> Call:
    """Remove a member.

    End a membership, as an admin of the project, or one's own.

    The keys that the user made for the project stop working.
    """
    return Call("DELETE", path("/api/v1/projects/{}/members/{}", project_id, user_id))


def members(
    project_id: str, *, cursor: str | None = None, limit: int | None = None
) -> Listing[models.MemberList, models.Member]:
    """List members.

    List who belongs to a project, as one who does.
    """
    return Listing(
        Call(
            "GET",
            path("/api/v1/projects/{}/members", project_id),
            query={"cursor": cursor, "limit": limit},
        ),
        models.MemberList,
        models.Member,
    )


def put_member(
    project_id: str, user_id: str, body: models.RoleBody | Mapping[str, Any]
) -> Answer[models.Member]:
    """Set a member's role.

    Give a user a role, as an admin of the project. It holds from the next request on.
    """
    return Answer(
        Call("PUT", path("/api/v1/projects/{}/members/{}", project_id, user_id), json=plain(body)),
        models.Member,
    )
