"""What is answered about webhooks."""

from promptevolver_contracts import webhooks as w

from promptevolver_history.answers import Answer, Answers
from promptevolver_history.database import Database
from promptevolver_history.webhooks.deliveries import Deliveries
from promptevolver_history.webhooks.registry import Webhooks


def answers(database: Database) -> Answers:
    """Give the queries with their handlers."""
    webhooks, deliveries = Webhooks(database), Deliveries(database)
    return (
        Answer(w.CREATE_WEBHOOK, webhooks.create),
        Answer(w.GET_WEBHOOK, webhooks.get),
        Answer(w.LIST_WEBHOOKS, webhooks.list),
        Answer(w.UPDATE_WEBHOOK, webhooks.update),
        Answer(w.DELETE_WEBHOOK, webhooks.delete),
        Answer(w.PING_WEBHOOK, deliveries.ping),
        Answer(w.LIST_DELIVERIES, deliveries.list),
        Answer(w.GET_DELIVERY, deliveries.get),
        Answer(w.REDELIVER, deliveries.redeliver),
    )
