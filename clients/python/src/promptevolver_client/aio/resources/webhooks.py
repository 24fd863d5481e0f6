"""Operations on webhooks, to be sent; made by derive.py from the document."""

from promptevolver_client.aio.connection import AsyncConnection
from promptevolver_client.operations import webhooks, webhooks_deliveries
from promptevolver_client.resource import Method, Resource


class AsyncWebhooks(Resource[AsyncConnection]):
    """Operations on webhooks."""

    create = Method(webhooks.create, AsyncConnection.answer)
    """Make a webhook."""
    delete = Method(webhooks.delete, AsyncConnection.done)
    """Delete a webhook."""
    deliveries = Method(webhooks_deliveries.deliveries, AsyncConnection.answer)
    """List deliveries."""
    iterate_deliveries = Method(webhooks_deliveries.deliveries, AsyncConnection.entries)
    """Page by page, all of them: list deliveries."""
    delivery_redeliver = Method(webhooks_deliveries.delivery_redeliver, AsyncConnection.answer)
    """Deliver again."""
    get = Method(webhooks.get, AsyncConnection.answer)
    """Read a webhook."""
    get_delivery = Method(webhooks_deliveries.get_delivery, AsyncConnection.answer)
    """Read a delivery."""
    list = Method(webhooks.list, AsyncConnection.answer)
    """List webhooks."""
    iterate = Method(webhooks.list, AsyncConnection.entries)
    """Page by page, all of them: list webhooks."""
    ping = Method(webhooks.ping, AsyncConnection.answer)
    """Try a webhook."""
    rotate_secret = Method(webhooks.rotate_secret, AsyncConnection.answer)
    """Give a webhook a new secret."""
    update = Method(webhooks.update, AsyncConnection.answer)
    """Change a webhook."""
