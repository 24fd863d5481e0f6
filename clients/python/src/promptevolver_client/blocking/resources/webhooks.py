# Made by clients/python/derive.py from the module of the same name in aio.
"""Operations on webhooks, to be sent; made by derive.py from the document."""

from promptevolver_client.blocking.connection import Connection
from promptevolver_client.operations import webhooks, webhooks_deliveries
from promptevolver_client.resource import Method, Resource


class Webhooks(Resource[Connection]):
    """Operations on webhooks."""

    create = Method(webhooks.create, Connection.answer)
    """Make a webhook."""
    delete = Method(webhooks.delete, Connection.done)
    """Delete a webhook."""
    deliveries = Method(webhooks_deliveries.deliveries, Connection.answer)
    """List deliveries."""
    iterate_deliveries = Method(webhooks_deliveries.deliveries, Connection.entries)
    """Page by page, all of them: list deliveries."""
    delivery_redeliver = Method(webhooks_deliveries.delivery_redeliver, Connection.answer)
    """Deliver again."""
    get = Method(webhooks.get, Connection.answer)
    """Read a webhook."""
    get_delivery = Method(webhooks_deliveries.get_delivery, Connection.answer)
    """Read a delivery."""
    list = Method(webhooks.list, Connection.answer)
    """List webhooks."""
    iterate = Method(webhooks.list, Connection.entries)
    """Page by page, all of them: list webhooks."""
    ping = Method(webhooks.ping, Connection.answer)
    """Try a webhook."""
    rotate_secret = Method(webhooks.rotate_secret, Connection.answer)
    """Give a webhook a new secret."""
    update = Method(webhooks.update, Connection.answer)
    """Change a webhook."""
