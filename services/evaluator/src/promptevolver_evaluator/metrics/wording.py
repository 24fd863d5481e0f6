"""How metrics read what is expected, and how they quote it in feedback."""

import json
from typing import Any

from promptevolver_evaluator.metrics.kinds import Sample, Unmeasurable

QUOTED_CHARS = 300


def quote(value: Any) -> str:
    """Spell a value as JSON; a long one is cut at the end and marked."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= QUOTED_CHARS else text[: QUOTED_CHARS - 1] + "…"


def expected(sample: Sample) -> Any:
    """Give what the example expects. Raises Unmeasurable when it expects nothing."""
    if sample.example.expected is None:
        raise Unmeasurable(f"example '{sample.example.id}' has no expected value")
    return sample.example.expected


def accepted(sample: Sample) -> list[str]:
    """Give the texts that would be right: a list of texts is read as alternatives.

    Anything else that is no text stands for its JSON. Raises Unmeasurable when there is none.
    """
    value = expected(sample)
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and value and all(isinstance(v, str) for v in value):
        return list(value)
    return [json.dumps(value, ensure_ascii=False)]


def named(texts: list[str]) -> str:
    """Quote alternatives."""
    return " or ".join(quote(text) for text in texts[:5])
