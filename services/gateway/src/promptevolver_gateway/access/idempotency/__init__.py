"""`Idempotency-Key` on POSTs: the first answer is kept for a day and given again."""

from promptevolver_gateway.access.idempotency.middleware import Idempotency

__all__ = ["Idempotency"]
