"""Operations on templates; made by derive.py from the document."""

from collections.abc import Mapping
from typing import Any, Literal

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call, Listing, path
from promptevolver_client.model import plain


def copy(
    template_id: str,
    body: models.CopyBody | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
) -> Answer[models.TemplateAnswer]:
    """Copy a template.

    Make a template of the project from another one, its example data included.
    """
    return Answer(
        Call(
            "POST",
            path("/api/v1/templates/{}/copy", template_id),
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.TemplateAnswer,
    )


def create(
    body: models.TemplateBody | Mapping[str, Any], *, idempotency_key: str | None = None
) -> Answer[models.TemplateAnswer]:
    """Make a template.

    Keep a template in the project. It must give a request with its defaults.

    With an `id` of your own, the same request sent again answers the same template.
    """
    return Answer(
        Call(
            "POST",
            "/api/v1/templates",
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.TemplateAnswer,
    )


def create_run(
    template_id: str,
    body: models.TemplateRunBody | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
) -> Answer[models.Accepted]:
    """Run a template.

    Start an optimization of a template, as POST /optimize would with the filled-in request.

    The run's metadata names the template, its version and its parameters.
    """
    return Answer(
        Call(
            "POST",
            path("/api/v1/templates/{}/runs", template_id),
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.Accepted,
    )


def delete(template_id: str, *, if_match: str | None = None) -> Call:
    """Delete a template.

    Delete a project's template with its versions. Runs that it started stay.
    """
    return Call("DELETE", path("/api/v1/templates/{}", template_id), headers={"if-match": if_match})


def get(template_id: str) -> Answer[models.TemplateAnswer]:
    """Read a template.

    Give a template with its parameters, program and configuration.
    """
    return Answer(Call("GET", path("/api/v1/templates/{}", template_id)), models.TemplateAnswer)


def instantiate(
    template_id: str,
    body: models.InstanceBody | Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
) -> Answer[models.TemplateInstance]:
    """Fill a template in.

    Give the request that a template makes of parameters: ready to be read, changed, sent.
    """
    return Answer(
        Call(
            "POST",
            path("/api/v1/templates/{}/instantiate", template_id),
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.TemplateInstance,
    )


def list(
    *,
    task: Literal[
        "classification",
        "extraction",
        "summarization",
        "question_answering",
        "rewriting",
        "translation",
        "judging",
        "other",
    ]
    | None = None,
    source: Literal["builtin", "project"] | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Listing[models.TemplateList, models.TemplateRow]:
    """List templates.

    List the built-in templates by name, then the project's own, newest first.
    """
    return Listing(
        Call(
            "GET",
            "/api/v1/templates",
            query={"task": task, "source": source, "cursor": cursor, "limit": limit},
        ),
        models.TemplateList,
        models.TemplateRow,
    )


def put(
    template_id: str, body: models.ContentBody | Mapping[str, Any], *, if_match: str | None = None
) -> Answer[models.TemplateAnswer]:
    """Change a template.

    Write the next version of a project's template; earlier versions stay readable.
    """
    return Answer(
        Call(
            "PUT",
            path("/api/v1/templates/{}", template_id),
            json=plain(body),
            headers={"if-match": if_match},
        ),
        models.TemplateAnswer,
    )
