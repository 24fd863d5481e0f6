"""Operations on projects; made by derive.py from the document."""

from collections.abc import Mapping
from typing import Any

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call, Listing, path
from promptevolver_client.model import plain


def archive(project_id: str, *, idempotency_key: str | None = None) -> Answer[models.Project]:
    """Archive a project.

    Make a project read-only, for people and keys alike. Its runs under way go on.
    """
    return Answer(
        Call(
            "POST",
            path("/api/v1/projects/{}/archive", project_id),
            headers={"idempotency-key": idempotency_key},
        ),
        models.Project,
    )


def create(
    body: models.NewProjectBody | Mapping[str, Any], *, idempotency_key: str | None = None
) -> Answer[models.Project]:
    """Make a project.

    Make a project; its first admin is the user who makes it. Operators only.
    """
    return Answer(
        Call(
            "POST",
            "/api/v1/projects",
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.Project,
    )


def get(project_id: str) -> Answer[models.Project]:
    """Read a project.

    Give a project that one belongs to.
    """
    return Answer(Call("GET", path("/api/v1/projects/{}", project_id)), models.Project)


def list(
    *, cursor: str | None = None, limit: int | None = None
) -> Listing[models.ProjectList, models.Project]:
    """List projects.

    List one's projects in the order of their making; operators see all, a key its own.
    """
    return Listing(
        Call("GET", "/api/v1/projects", query={"cursor": cursor, "limit": limit}),
        models.ProjectList,
        models.Project,
    )


def restore(project_id: str, *, idempotency_key: str | None = None) -> Answer[models.Project]:
    """Restore a project.

    Bring an archived project back.
    """
    return Answer(
        Call(
            "POST",
            path("/api/v1/projects/{}/restore", project_id),
            headers={"idempotency-key": idempotency_key},
        ),
        models.Project,
    )


def update(
    project_id: str, body: models.ProjectBody | Mapping[str, Any], *, if_match: str | None = None
) -> Answer[models.Project]:
    """Change a project.

    Rename or describe a project, as its admin; set its limits, as an operator.
    """
    return Answer(
        Call(
            "PATCH",
            path("/api/v1/projects/{}", project_id),
            json=plain(body),
            headers={"if-match": if_match},
        ),
        models.Project,
    )
