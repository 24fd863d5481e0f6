"""A run's winner in the forms in which people use it."""

import json
from enum import StrEnum
from typing import Any

import yaml


class Format(StrEnum):
    """Plain text, the body of OpenAI's request, or the program for the next run."""

    TEXT = "text"
    OPENAI = "openai"
    PROGRAM = "program"


class NotExportable(ValueError):
    """A program of several stages has no single prompt."""


def export(answer: dict[str, Any], form: Format) -> str:
    """Write the winner. `answer` is the API's. Raises NotExportable."""
    if form is Format.PROGRAM:
        return _yaml(answer["program"])
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


def _yaml(program: dict[str, Any]) -> str:
    return yaml.dump(program, Dumper=_Blocks, sort_keys=False, allow_unicode=True, width=100)


class _Blocks(yaml.SafeDumper):
    """Writes texts of several lines as blocks, as a person would."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Blocks.add_representer(str, _text)
