"""`Idempotency-Key` on POSTs: the first answer is kept for a day and given again."""

from promptevolver_gateway.access.idempotency.documentation import add_keys
from promptevolver_gateway.access.idempotency.middleware import Idempotency

__all__ = ["Idempotency", "add_keys"]
