"""Webhooks: an outbox filled with what happened, and a courier that tells those who asked."""

from promptevolver_history.webhooks.handlers import answers

__all__ = ["answers"]
