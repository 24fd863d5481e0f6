"""The registry of prompts: what people keep, so no rebuild ever touches it."""

from promptevolver_history.prompts.handlers import answers

__all__ = ["answers"]
