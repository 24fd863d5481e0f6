"""Good requests, and what validation knows."""

from typing import Any

KEY = "the key of an operator in a test"


def optimize_body(**changes: Any) -> dict[str, Any]:
    """Give a good body, with changes."""
    body: dict[str, Any] = {
        "program": {
            "name": "triage",
            "components": {"instruction": {"text": "Which team?"}},
            "stages": [
                {
                    "name": "answer",
                    "messages": [
                        {"role": "system", "content": "{{ component.instruction }}"},
                        {"role": "user", "content": "{{ input.ticket }}"},
                    ],
                    "parameters": {"temperature": 0, "max_tokens": 50},
                }
            ],
        },
        "dataset": {"name": "tickets", "examples": examples(6)},
        "metrics": [{"name": "team", "kind": "exact_match"}],
        "models": {"task": "openai/simulated"},
        "budget": {"calls": 100},
        "strategy": {"name": "gepa", "parameters": {"rounds": 2}},
        "seed": 7,
    }
    return body | changes


def examples(count: int) -> list[dict[str, Any]]:
    splits = ("train", "validation", "test")
    return [
        {"id": str(n), "inputs": {"ticket": f"ticket {n}"}, "expected": "x", "split": splits[n % 3]}
        for n in range(count)
    ]


STRATEGIES = {
    "gepa": {
        "type": "object",
        "properties": {
            "rounds": {"type": "integer", "minimum": 1},
            "mode": {"enum": ["fast", "slow"]},
        },
        "additionalProperties": False,
    },
    "evaluate": {"type": "object", "additionalProperties": False},
}
METRICS = {
    "exact_match": {"type": "object", "additionalProperties": False},
    "llm_judge": {"type": "object", "properties": {"rubric": {"type": "string"}}},
}
