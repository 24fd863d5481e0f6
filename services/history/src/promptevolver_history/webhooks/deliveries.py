"""Deliveries as they are read, and those that somebody asks for."""

import json
from datetime import UTC, datetime

from asyncpg import Record
from promptevolver_contracts.errors import ErrorCode, ErrorInfo
from promptevolver_contracts.webhooks import (
    Attempt,
    DeliveryPage,
    DeliverySummary,
    DeliveryView,
    GetDelivery,
    ListDeliveries,
    PingWebhook,
    Redeliver,
)
from promptevolver_runtime.rpc import QueryFailed

from promptevolver_history.database import Database, Session
from promptevolver_history.pages import fitting
from promptevolver_history.webhooks.registry import required


class Deliveries:
    """What webhooks were told, or are about to be."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, question: ListDeliveries) -> DeliveryPage:
        """Answer a page of deliveries, newest first."""
        async with self._database.session() as session:
            await required(session, question.project, question.webhook_id)
            rows = await session.rows(
                "list_deliveries",
                question.webhook_id,
                question.state,
                question.before,
                question.limit + 1,
            )
        page = fitting([_summary(row) for row in rows[: question.limit]])
        return DeliveryPage(deliveries=page, more=len(rows) > len(page))

    async def get(self, question: GetDelivery) -> DeliveryView:
        """Answer a delivery with its attempts."""
        async with self._database.session() as session:
            await required(session, question.project, question.webhook_id)
            row = await _row(session, question.webhook_id, question.delivery_id)
            attempts = await session.rows("list_attempts", question.delivery_id)
        return DeliveryView(
            **_summary(row).model_dump(),
            payload=json.loads(row["payload"]),
            log=tuple(Attempt.model_validate(dict(each)) for each in reversed(attempts)),
        )

    async def ping(self, question: PingWebhook) -> DeliverySummary:
        """Queue an event that means nothing."""
        async with self._database.transaction() as session:
            await required(session, question.project, question.webhook_id)
            payload = {
                "type": "webhook.ping",
                "timestamp": datetime.now(UTC).isoformat(),
                "project": question.project,
                "data": {"webhook_id": question.webhook_id, "by": question.by.name},
            }
            made = await session.value("insert_ping", question.webhook_id, json.dumps(payload))
            return _summary(await _row(session, question.webhook_id, made))

    async def redeliver(self, question: Redeliver) -> DeliverySummary:
        """Queue a delivery's event once more."""
        async with self._database.transaction() as session:
            await required(session, question.project, question.webhook_id)
            made = await session.value(
                "insert_redelivery", question.webhook_id, question.delivery_id
            )
            return _summary(await _row(session, question.webhook_id, made or question.delivery_id))


async def _row(session: Session, webhook_id: str, delivery_id: str) -> Record:
    row = await session.row("get_delivery", webhook_id, delivery_id)
    if row is None:
        detail = f"webhook {webhook_id} has no delivery {delivery_id}"
        raise QueryFailed(ErrorInfo(code=ErrorCode.NOT_FOUND, detail=detail))
    return row


def _summary(row: Record) -> DeliverySummary:
    return DeliverySummary.model_validate(dict(row))
