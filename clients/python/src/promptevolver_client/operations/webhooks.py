"""Operations on webhooks; made by derive.py from the document."""

from collections.abc import Mapping
from typing import Any

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call, Listing, path
from promptevolver_client.model import plain


def create(body: models.WebhookBody | Mapping[str, Any]) -> Answer[models.WebhookWithSecret]:
    """Make a webhook.

    Post events to an address from now on.

    Each delivery is signed as the Standard Webhooks specification says (`webhook-id`,
    `webhook-timestamp`, `webhook-signature`); the secret is shown here and never again. One that
    is not answered with 2xx is sent again, eight times within about a day and a half. A project
    has at most fifty webhooks; two deliveries of each are under way at once.
    """
    return Answer(Call("POST", "/api/v1/webhooks", json=plain(body)), models.WebhookWithSecret)


def delete(webhook_id: str) -> Call:
    """Delete a webhook.

    Delete a webhook with its deliveries; what was not delivered yet never will be.
    """
    return Call("DELETE", path("/api/v1/webhooks/{}", webhook_id))


def get(webhook_id: str) -> Answer[models.WebhookView]:
    """Read a webhook.

    Give a webhook without its secret.
    """
    return Answer(Call("GET", path("/api/v1/webhooks/{}", webhook_id)), models.WebhookView)


def list(
    *, cursor: str | None = None, limit: int | None = None
) -> Listing[models.WebhookList, models.WebhookView]:
    """List webhooks.

    List the project's webhooks, oldest first.
    """
    return Listing(
        Call("GET", "/api/v1/webhooks", query={"cursor": cursor, "limit": limit}),
        models.WebhookList,
        models.WebhookView,
    )


def ping(webhook_id: str) -> Answer[models.DeliverySummary]:
    """Try a webhook.

    Send it a `webhook.ping`; how that went is in the delivery's log within seconds.
    """
    return Answer(
        Call("POST", path("/api/v1/webhooks/{}/ping", webhook_id)), models.DeliverySummary
    )


def rotate_secret(webhook_id: str) -> Answer[models.WebhookWithSecret]:
    """Give a webhook a new secret.

    Sign with a new secret from the next attempt on; it is shown here and never again.
    """
    return Answer(
        Call("POST", path("/api/v1/webhooks/{}/rotate_secret", webhook_id)),
        models.WebhookWithSecret,
    )


def update(
    webhook_id: str, body: models.WebhookChanges | Mapping[str, Any], *, if_match: str | None = None
) -> Answer[models.WebhookView]:
    """Change a webhook.

    Change where it leads, what it is told, or switch it off.
    """
    return Answer(
        Call(
            "PATCH",
            path("/api/v1/webhooks/{}", webhook_id),
            json=plain(body),
            headers={"if-match": if_match},
        ),
        models.WebhookView,
    )
