"""Operations on templates versions; made by derive.py from the document."""

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call, Listing, path


def get_version(template_id: str, number: int | str) -> Answer[models.TemplateAnswer]:
    """Read a version of a template.

    Give a template as it was at a version.
    """
    return Answer(
        Call("GET", path("/api/v1/templates/{}/versions/{}", template_id, number)),
        models.TemplateAnswer,
    )


def versions(
    template_id: str, *, cursor: str | None = None, limit: int | None = None
) -> Listing[models.TemplateList, models.TemplateRow]:
    """List versions of a template.

    List the versions of a project's template, newest first; a built-in one has one.
    """
    return Listing(
        Call(
            "GET",
            path("/api/v1/templates/{}/versions", template_id),
            query={"cursor": cursor, "limit": limit},
        ),
        models.TemplateList,
        models.TemplateRow,
    )
