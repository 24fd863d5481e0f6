"""Comparisons of runs: loaded once, computed off the event loop, kept, and read by key."""

from promptevolver_history.comparisons.store import answers

__all__ = ["answers"]
