"""The support-triage example as the simulated provider sees it."""

import json
from pathlib import Path
from typing import Any

import yaml
from promptevolver_local.provider.chat import ChatRequest, parse_chat_request
from promptevolver_local.provider.landscape import Example, Landscape, load_landscape
from promptevolver_local.provider.models import Model

ROOT = Path(__file__).parents[2]
TRIAGE = ROOT / "examples" / "support-triage"
NO_SIGNAL = Path(__file__).parent / "data" / "no_signal"


def triage() -> Landscape:
    return load_landscape(TRIAGE / "landscape.yaml")


def no_signal() -> Landscape:
    return load_landscape(NO_SIGNAL / "landscape.yaml")


def starting_instruction(folder: Path = TRIAGE) -> str:
    program = yaml.safe_load((folder / "program.yaml").read_text("utf-8"))
    text: str = program["components"]["instruction"]["text"]
    return text


def whole_instruction(landscape: Landscape) -> str:
    sentences = [rule.sentences[0].text for rule in landscape.rules]
    return starting_instruction() + "\n".join(sentences)


def task_request(instruction: str, ticket: str, **parameters: Any) -> ChatRequest:
    return parse_chat_request(
        {
            "model": "openai/simulated-task",
            "messages": [
                {"role": "system", "content": instruction},
                {"role": "user", "content": f"Ticket:\n{ticket}\n"},
            ],
            **parameters,
        }
    )


def asked(model: str, prompt: str, **parameters: Any) -> ChatRequest:
    """Return a request of one user message."""
    message = {"role": "user", "content": prompt}
    return parse_chat_request({"model": model, "messages": [message], **parameters})


def share_right(example: Example, answer: str, fields: tuple[str, ...]) -> float:
    try:
        given = json.loads(answer)
    except ValueError:
        return 0.0
    right = [field for field in fields if given.get(field) == example.answer[field]]
    return len(right) / len(fields)


def mean_score(model: Model, landscape: Landscape, instruction: str) -> float:
    fields = landscape.file.scored_fields
    scores = [
        share_right(example, model(task_request(instruction, example.ticket), 0), fields)
        for example in landscape.examples
    ]
    return sum(scores) / len(scores)
