"""What the API takes and gives about evaluators; made by derive.py from the document."""

from __future__ import annotations

from typing import Any

from promptevolver_client.model import Model

__all__ = ["Evaluator", "EvaluatorList"]


class Evaluator(Model):
    """A metric kind."""

    kind: str
    description: str
    needs_judge: bool
    """Whether it asks a judge model, which is paid"""
    parameters: dict[str, Any]
    """JSON Schema of its parameters"""


class EvaluatorList(Model):
    """All metric kinds that evaluators have."""

    data: list[Evaluator]
