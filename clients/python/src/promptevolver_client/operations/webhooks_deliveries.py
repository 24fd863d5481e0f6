"""Operations on webhooks deliveries; made by derive.py from the document."""

from typing import Literal

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call, Listing, path


def deliveries(
    webhook_id: str,
    *,
    state: Literal["pending", "delivered", "failed"] | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Listing[models.DeliveryList, models.DeliverySummary]:
    """List deliveries.

    List what the webhook was told or is about to be told, newest first.
    """
    return Listing(
        Call(
            "GET",
            path("/api/v1/webhooks/{}/deliveries", webhook_id),
            query={"state": state, "cursor": cursor, "limit": limit},
        ),
        models.DeliveryList,
        models.DeliverySummary,
    )


def delivery_redeliver(webhook_id: str, delivery_id: str) -> Answer[models.DeliverySummary]:
    """Deliver again.

    Send the same event once more, as a delivery of its own.
    """
    return Answer(
        Call("POST", path("/api/v1/webhooks/{}/deliveries/{}/redeliver", webhook_id, delivery_id)),
        models.DeliverySummary,
    )


def get_delivery(webhook_id: str, delivery_id: str) -> Answer[models.DeliveryView]:
    """Read a delivery.

    Give what is sent and how each attempt went.
    """
    return Answer(
        Call("GET", path("/api/v1/webhooks/{}/deliveries/{}", webhook_id, delivery_id)),
        models.DeliveryView,
    )
