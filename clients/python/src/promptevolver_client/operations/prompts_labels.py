"""Operations on prompts labels; made by derive.py from the document."""

from collections.abc import Mapping
from typing import Any

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call, Listing, path
from promptevolver_client.model import plain


def delete_label(
    prompt_id: str, label: str, *, reason: str | None = None, if_match: str | None = None
) -> Answer[models.LabelMove]:
    """Remove a label.

    Let a label point nowhere. Its history stays.
    """
    return Answer(
        Call(
            "DELETE",
            path("/api/v1/prompts/{}/labels/{}", prompt_id, label),
            query={"reason": reason},
            headers={"if-match": if_match},
        ),
        models.LabelMove,
    )


def get_label(prompt_id: str, label: str) -> Answer[models.LabelledVersion]:
    """Fetch the version of a label.

    Give the program that an application shall run now.

    Send the `ETag` back as `If-None-Match`: as long as the label stays, the answer is 304.
    """
    return Answer(
        Call("GET", path("/api/v1/prompts/{}/labels/{}", prompt_id, label)), models.LabelledVersion
    )


def label_history(
    prompt_id: str, label: str, *, cursor: str | None = None, limit: int | None = None
) -> Listing[models.MoveList, models.LabelMove]:
    """List the moves of a label.

    List who moved a label, when, from where, to where and why; newest first.
    """
    return Listing(
        Call(
            "GET",
            path("/api/v1/prompts/{}/labels/{}/history", prompt_id, label),
            query={"cursor": cursor, "limit": limit},
        ),
        models.MoveList,
        models.LabelMove,
    )


def put_label(
    prompt_id: str,
    label: str,
    body: models.MoveBody | Mapping[str, Any],
    *,
    if_match: str | None = None,
) -> Answer[models.LabelView]:
    """Move a label.

    Point a label to a version; where it points already, nothing happens.

    A guarded label (`production`, unless the prompt says otherwise) takes only versions whose run
    ended with the verdict `improved`. Anything else needs an `override` with its reason, which the
    audit log keeps: a version made by hand as well, and outside of a simulated installation one
    that a simulated provider's answers speak for.
    """
    return Answer(
        Call(
            "PUT",
            path("/api/v1/prompts/{}/labels/{}", prompt_id, label),
            json=plain(body),
            headers={"if-match": if_match},
        ),
        models.LabelView,
    )
