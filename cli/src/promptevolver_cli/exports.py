"""A run's winner in the forms in which people use it."""

import json
from enum import StrEnum
from typing import Any

import yaml
from promptevolver_client import models


class Format(StrEnum):
    """Plain text, the body of OpenAI's request, or the program for the next run."""

    TEXT = "text"
    OPENAI = "openai"
    PROGRAM = "program"


class NotExportable(ValueError):
    """A program of several stages has no single prompt."""


def export(winner: models.Export, form: Format) -> str:
    """Write the winner. Raises NotExportable."""
    answer = winner.model_dump(mode="json", exclude_unset=True)
    if form is Format.PROGRAM:
        return program_text(winner.program)
    messages = answer.get("messages")
    if messages is None:
        raise NotExportable(
            f"the program has {len(answer['program']['stages'])} stages; use --format program"
        )
    if form is Format.TEXT:
        return "\n\n".join(f"[{m['role']}]\n{m['content'].strip()}" for m in messages) + "\n"
    request = {"messages": messages, **(answer.get("parameters") or {})}
    request["response_format"] = answer.get("response_format")
    given = {name: value for name, value in request.items() if value not in (None, [])}
    return json.dumps(given, indent=2, ensure_ascii=False) + "\n"


def program_text(program: models.Program) -> str:
    """Write a program as a file for the next run."""
    return _yaml(program.model_dump(mode="json", exclude_unset=True))


def _yaml(program: dict[str, Any]) -> str:
    return yaml.dump(program, Dumper=_Blocks, sort_keys=False, allow_unicode=True, width=100)


class _Blocks(yaml.SafeDumper):
    """Writes texts of several lines as blocks, as a person would."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Blocks.add_representer(str, _text)
