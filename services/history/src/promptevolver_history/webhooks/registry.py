"""The webhooks of all projects."""

from urllib.parse import urlsplit

from asyncpg import Record
from promptevolver_contracts.actors import Actor
from promptevolver_contracts.errors import ErrorCode, ErrorInfo
from promptevolver_contracts.webhooks import (
    CreateWebhook,
    DeleteWebhook,
    GetWebhook,
    ListWebhooks,
    UpdateWebhook,
    WebhookDeleted,
    WebhookPage,
    WebhookView,
)
from promptevolver_runtime.rpc import QueryFailed

from promptevolver_history.audit import record
from promptevolver_history.database import Database, Session
from promptevolver_history.pages import fitting
from promptevolver_history.seen import require_seen

MOST_WEBHOOKS = 50
"""So many a project may have."""


class Webhooks:
    """Makes, reads, changes and deletes webhooks; every change is recorded."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, question: CreateWebhook) -> WebhookView:
        """Make a webhook. Raises QueryFailed `conflict` when the project has too many."""
        async with self._database.transaction() as session:
            await session.rows("lock_webhooks", question.project)
            await session.rows(
                "insert_webhook",
                question.webhook_id,
                question.project,
                question.url,
                list(question.events),
                question.description,
                question.secret,
            )
            if await session.value("count_webhooks", question.project) > MOST_WEBHOOKS:
                detail = f"a project has at most {MOST_WEBHOOKS} webhooks; delete one first"
                raise QueryFailed(ErrorInfo(code=ErrorCode.CONFLICT, detail=detail))
            view = await required(session, question.project, question.webhook_id)
            await _record(session, question.by, "webhook.created", view)
        return view

    async def get(self, question: GetWebhook) -> WebhookView:
        """Answer a webhook."""
        async with self._database.session() as session:
            return await required(session, question.project, question.webhook_id)

    async def list(self, question: ListWebhooks) -> WebhookPage:
        """Answer a page of webhooks."""
        async with self._database.session() as session:
            rows = await session.rows(
                "list_webhooks", question.project, question.after, question.limit + 1
            )
        page = fitting([_view(row) for row in rows[: question.limit]])
        return WebhookPage(webhooks=page, more=len(rows) > len(page))

    async def update(self, question: UpdateWebhook) -> WebhookView:
        """Change a webhook. Raises QueryFailed `precondition_failed` when somebody was faster."""
        async with self._database.transaction() as session:
            await session.rows("lock_webhook", question.project, question.webhook_id)
            known = await required(session, question.project, question.webhook_id)
            require_seen("the webhook", question.seen, known.updated_at)
            await session.rows(
                "update_webhook",
                question.project,
                question.webhook_id,
                question.url,
                None if question.events is None else list(question.events),
                question.description,
                question.active,
                question.secret,
            )
            view = await required(session, question.project, question.webhook_id)
            act = "webhook.secret_rotated" if question.secret else "webhook.changed"
            await _record(session, question.by, act, view)
        return view

    async def delete(self, question: DeleteWebhook) -> WebhookDeleted:
        """Delete a webhook with what it was still to be sent."""
        async with self._database.transaction() as session:
            view = await required(session, question.project, question.webhook_id)
            await session.rows("delete_webhook", question.project, question.webhook_id)
            await _record(session, question.by, "webhook.deleted", view)
        return WebhookDeleted(webhook_id=question.webhook_id)


async def required(session: Session, project: str, webhook_id: str) -> WebhookView:
    """Give a project's webhook. Raises QueryFailed `not_found`."""
    row = await session.row("get_webhook", project, webhook_id)
    if row is None:
        detail = f"there is no webhook {webhook_id}"
        raise QueryFailed(ErrorInfo(code=ErrorCode.NOT_FOUND, detail=detail))
    return _view(row)


async def _record(session: Session, actor: Actor, action: str, view: WebhookView) -> None:
    await record(
        session,
        actor,
        action,
        view.webhook_id,
        project=view.project,
        # Paths and queries of addresses often hold a secret, and the log never forgets.
        host=urlsplit(view.url).netloc,
        events=list(view.events),
        active=view.active,
    )


def _view(row: Record) -> WebhookView:
    return WebhookView.model_validate(dict(row))
