"""What the API takes and gives about events; made by derive.py from the document."""

from __future__ import annotations

from datetime import datetime

from promptevolver_client.model import Model

__all__ = ["TicketAnswer"]


class TicketAnswer(Model):
    """A ticket for one connection."""

    ticket: str
    """Good for one connection, at any gateway"""
    expires_at: datetime
    path: str
    """Where to open the WebSocket with it"""
