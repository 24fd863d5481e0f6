"""Templates of projects: what people keep, so no rebuild ever touches them."""

from promptevolver_history.templates.store import answers

__all__ = ["answers"]
