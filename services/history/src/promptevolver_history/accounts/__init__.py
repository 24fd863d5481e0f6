"""People and access: who there is, what they may do, and how they prove who they are."""

from promptevolver_history.accounts.answering import answers

__all__ = ["answers"]
