"""Operations on prompts; made by derive.py from the document."""

from collections.abc import Mapping
from typing import Any

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call, Listing, path
from promptevolver_client.model import plain


def create(
    body: models.PromptBody | Mapping[str, Any], *, idempotency_key: str | None = None
) -> Answer[models.PromptView]:
    """Make a prompt.

    Make a prompt without versions.

    With an `id` of your own, the same request sent again answers the same prompt.
    """
    return Answer(
        Call(
            "POST",
            "/api/v1/prompts",
            json=plain(body),
            headers={"idempotency-key": idempotency_key},
        ),
        models.PromptView,
    )


def delete(prompt_id: str) -> Call:
    """Delete a prompt.

    Delete a prompt with its versions. While a guarded label points to one, it stays.
    """
    return Call("DELETE", path("/api/v1/prompts/{}", prompt_id))


def get(prompt_id: str) -> Answer[models.PromptView]:
    """Read a prompt.

    Give a prompt with where its labels point, `latest` included.
    """
    return Answer(Call("GET", path("/api/v1/prompts/{}", prompt_id)), models.PromptView)


def list(
    *,
    name: str | None = None,
    tag: str | None = None,
    run_id: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Listing[models.PromptList, models.PromptView]:
    """List prompts.

    List prompts, newest first, with where their labels point.
    """
    return Listing(
        Call(
            "GET",
            "/api/v1/prompts",
            query={"name": name, "tag": tag, "run_id": run_id, "cursor": cursor, "limit": limit},
        ),
        models.PromptList,
        models.PromptView,
    )


def promote(
    prompt_id: str,
    body: models.PromotionBody | Mapping[str, Any],
    *,
    if_match: str | None = None,
    idempotency_key: str | None = None,
) -> Answer[models.Promoted]:
    """Promote what a run found.

    Make a version of a run's winner, unless there is one, and point a label to it.

    Both happen or neither. The label's guard holds as for every move.
    """
    return Answer(
        Call(
            "POST",
            path("/api/v1/prompts/{}/promote", prompt_id),
            json=plain(body),
            headers={"if-match": if_match, "idempotency-key": idempotency_key},
        ),
        models.Promoted,
    )


def rollback(
    prompt_id: str,
    body: models.RollbackBody | Mapping[str, Any],
    *,
    if_match: str | None = None,
    idempotency_key: str | None = None,
) -> Answer[models.LabelView]:
    """Roll a label back.

    Point a label to where it pointed before; again, to where it pointed before that.

    No verdict is asked for: the version was there before, and a way back must not wait.
    """
    return Answer(
        Call(
            "POST",
            path("/api/v1/prompts/{}/rollback", prompt_id),
            json=plain(body),
            headers={"if-match": if_match, "idempotency-key": idempotency_key},
        ),
        models.LabelView,
    )


def update(
    prompt_id: str, body: models.PromptChanges | Mapping[str, Any], *, if_match: str | None = None
) -> Answer[models.PromptView]:
    """Change a prompt.

    Change name, description, tags or guards. Admins alone change guards; that is audited.
    """
    return Answer(
        Call(
            "PATCH",
            path("/api/v1/prompts/{}", prompt_id),
            json=plain(body),
            headers={"if-match": if_match},
        ),
        models.PromptView,
    )
