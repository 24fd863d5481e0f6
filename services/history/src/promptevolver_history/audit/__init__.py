"""The audit log: sensitive acts, recorded in the transaction of the act itself."""

from promptevolver_history.audit.record import record

__all__ = ["record"]
