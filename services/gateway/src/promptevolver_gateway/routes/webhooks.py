"""Webhooks of a project, and what they were told."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.ids import new_id
from promptevolver_contracts.webhooks import (
    CREATE_WEBHOOK,
    DELETE_WEBHOOK,
    GET_DELIVERY,
    GET_WEBHOOK,
    LIST_DELIVERIES,
    LIST_WEBHOOKS,
    PING_WEBHOOK,
    REDELIVER,
    UPDATE_WEBHOOK,
    CreateWebhook,
    DeleteWebhook,
    DeliveryState,
    DeliverySummary,
    DeliveryView,
    GetDelivery,
    GetWebhook,
    ListDeliveries,
    ListWebhooks,
    PingWebhook,
    Redeliver,
    UpdateWebhook,
    WebhookView,
    WebhookWithSecret,
)
from pydantic import TypeAdapter

from promptevolver_gateway import cursors
from promptevolver_gateway.answers import Page
from promptevolver_gateway.etags import IfMatch, answered, etag_of, require_match
from promptevolver_gateway.gateway import PREFIX, Gateway, Parts
from promptevolver_gateway.identity import Identity, allowed
from promptevolver_gateway.problems import Problem, documented
from promptevolver_gateway.routes.parameters import Cursor, Limit
from promptevolver_gateway.schemas import RUN_ID
from promptevolver_gateway.webhooks.bodies import (
    DeliveryList,
    WebhookBody,
    WebhookChanges,
    WebhookList,
)
from promptevolver_gateway.webhooks.targets import event_errors, new_secret, url_errors

router = APIRouter(prefix=f"{PREFIX}/webhooks", tags=["webhooks"])

WebhookId = Annotated[str, Path(pattern=RUN_ID, description="Id of the webhook")]
DeliveryId = Annotated[str, Path(pattern=RUN_ID, description="Id of the delivery")]
# Addresses often hold secrets of their own, so that reading them is not for everyone either.
Caller = Annotated[Identity, allowed("webhooks:write")]

_MAKING = documented(ErrorCode.CONFLICT)
_ONE = documented(ErrorCode.NOT_FOUND)
_CHANGING = documented(ErrorCode.NOT_FOUND, ErrorCode.PRECONDITION_FAILED)
_LISTING = documented(ErrorCode.NOT_FOUND, ErrorCode.CURSOR_FILTER_MISMATCH)
_ID = TypeAdapter(tuple[str])


@router.post("", status_code=201, summary="Make a webhook", responses=_MAKING)
async def create(
    body: WebhookBody, caller: Caller, gateway: Parts, response: Response
) -> WebhookWithSecret:
    """Post events to an address from now on.

    Each delivery is signed as the Standard Webhooks specification says (`webhook-id`,
    `webhook-timestamp`, `webhook-signature`); the secret is shown here and never again. One that
    is not answered with 2xx is sent again, eight times within about a day and a half. A project
    has at most fifty webhooks; two deliveries of each are under way at once.
    """
    _check(gateway, body)
    secret = new_secret()
    question = CreateWebhook(
        project=caller.project,
        webhook_id=new_id(),
        url=body.url,
        events=body.events,
        description=body.description,
        secret=secret,
        by=caller.actor,
    )
    view = await gateway.bus.ask(CREATE_WEBHOOK, question)
    response.headers["Location"] = f"{PREFIX}/webhooks/{view.webhook_id}"
    response.headers["ETag"] = etag_of(view)
    return WebhookWithSecret(**dict(view), secret=secret)


@router.get("", summary="List webhooks", responses=documented(ErrorCode.CURSOR_FILTER_MISMATCH))
async def webhooks(
    caller: Caller, gateway: Parts, cursor: Cursor = None, limit: Limit = 50
) -> WebhookList:
    """List the project's webhooks, oldest first."""
    filters = {"list": "webhooks"}
    after = cursors.decode(cursor, filters, _ID)[0] if cursor else None
    page = await gateway.bus.ask(
        LIST_WEBHOOKS, ListWebhooks(project=caller.project, after=after, limit=limit)
    )
    following = cursors.encode([page.webhooks[-1].webhook_id], filters) if page.more else None
    return WebhookList(data=page.webhooks, page=Page(next_cursor=following, limit=limit))


@router.get("/{webhook_id}", summary="Read a webhook", responses=_ONE, response_model=WebhookView)
async def read(
    webhook_id: WebhookId, caller: Caller, gateway: Parts, request: Request, response: Response
) -> WebhookView | Response:
    """Give a webhook without its secret."""
    return answered(request, response, await _webhook(gateway, caller, webhook_id))


@router.patch("/{webhook_id}", summary="Change a webhook", responses=_CHANGING)
async def change(
    webhook_id: WebhookId,
    body: WebhookChanges,
    caller: Caller,
    gateway: Parts,
    response: Response,
    if_match: IfMatch = None,
) -> WebhookView:
    """Change where it leads, what it is told, or switch it off."""
    _check(gateway, body)
    known = await _webhook(gateway, caller, webhook_id)
    require_match(if_match, etag_of(known))
    question = UpdateWebhook(
        project=caller.project,
        webhook_id=webhook_id,
        seen=known.updated_at if if_match else None,
        by=caller.actor,
        **dict(body),
    )
    view = await gateway.bus.ask(UPDATE_WEBHOOK, question)
    response.headers["ETag"] = etag_of(view)
    return view


@router.delete("/{webhook_id}", status_code=204, summary="Delete a webhook", responses=_ONE)
async def delete(webhook_id: WebhookId, caller: Caller, gateway: Parts) -> None:
    """Delete a webhook with its deliveries; what was not delivered yet never will be."""
    question = DeleteWebhook(project=caller.project, webhook_id=webhook_id, by=caller.actor)
    await gateway.bus.ask(DELETE_WEBHOOK, question)


@router.post("/{webhook_id}/rotate_secret", summary="Give a webhook a new secret", responses=_ONE)
async def rotate_secret(webhook_id: WebhookId, caller: Caller, gateway: Parts) -> WebhookWithSecret:
    """Sign with a new secret from the next attempt on; it is shown here and never again."""
    secret = new_secret()
    question = UpdateWebhook(
        project=caller.project, webhook_id=webhook_id, secret=secret, by=caller.actor
    )
    view = await gateway.bus.ask(UPDATE_WEBHOOK, question)
    return WebhookWithSecret(**dict(view), secret=secret)


@router.post("/{webhook_id}/ping", status_code=202, summary="Try a webhook", responses=_ONE)
async def ping(webhook_id: WebhookId, caller: Caller, gateway: Parts) -> DeliverySummary:
    """Send it a `webhook.ping`; how that went is in the delivery's log within seconds."""
    question = PingWebhook(project=caller.project, webhook_id=webhook_id, by=caller.actor)
    return await gateway.bus.ask(PING_WEBHOOK, question)


@router.get("/{webhook_id}/deliveries", summary="List deliveries", responses=_LISTING)
async def deliveries(
    webhook_id: WebhookId,
    caller: Caller,
    gateway: Parts,
    state: Annotated[DeliveryState | None, Query(description="In this state alone")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> DeliveryList:
    """List what the webhook was told or is about to be told, newest first."""
    filters = {"list": "deliveries", "webhook_id": webhook_id, "state": state}
    page = await gateway.bus.ask(
        LIST_DELIVERIES,
        ListDeliveries(
            project=caller.project,
            webhook_id=webhook_id,
            state=state,
            before=cursors.decode(cursor, filters, _ID)[0] if cursor else None,
            limit=limit,
        ),
    )
    following = cursors.encode([page.deliveries[-1].delivery_id], filters) if page.more else None
    return DeliveryList(data=page.deliveries, page=Page(next_cursor=following, limit=limit))


@router.get("/{webhook_id}/deliveries/{delivery_id}", summary="Read a delivery", responses=_ONE)
async def delivery(
    webhook_id: WebhookId, delivery_id: DeliveryId, caller: Caller, gateway: Parts
) -> DeliveryView:
    """Give what is sent and how each attempt went."""
    question = GetDelivery(project=caller.project, webhook_id=webhook_id, delivery_id=delivery_id)
    return await gateway.bus.ask(GET_DELIVERY, question)


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/redeliver",
    status_code=202,
    summary="Deliver again",
    responses=_ONE,
)
async def redeliver(
    webhook_id: WebhookId, delivery_id: DeliveryId, caller: Caller, gateway: Parts
) -> DeliverySummary:
    """Send the same event once more, as a delivery of its own."""
    question = Redeliver(
        project=caller.project, webhook_id=webhook_id, delivery_id=delivery_id, by=caller.actor
    )
    return await gateway.bus.ask(REDELIVER, question)


async def _webhook(gateway: Gateway, caller: Identity, webhook_id: str) -> WebhookView:
    question = GetWebhook(project=caller.project, webhook_id=webhook_id)
    return await gateway.bus.ask(GET_WEBHOOK, question)


def _check(gateway: Gateway, body: WebhookBody | WebhookChanges) -> None:
    allow_private = gateway.settings.webhooks_allow_private
    errors = list(event_errors(body.events or ()))
    if body.url is not None:
        errors += url_errors(body.url, allow_private=allow_private)
    if errors:
        raise Problem.of_fields(errors)
