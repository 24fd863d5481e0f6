"""Feedback of people: what they say, what becomes of it, and how far metrics agree with it."""

from promptevolver_history.feedback.answers import answers

__all__ = ["answers"]
