"""A plain prompt file as a program of one stage."""

import re
from pathlib import Path

from promptevolver_contracts.programs import ChatMessage, Component, Program, Stage

from promptevolver_cli.documents import Fault, FileError

_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\.([A-Za-z0-9_-]+)\s*\}\}")
_COMPONENT = "{{ component.instruction }}"


def program_from_prompt(path: Path, text: str) -> Program:
    """Make the prompt a program that sends the same bytes as one user message.

    What stands before the first `{{ input.NAME }}` may evolve; when nothing does, what follows
    the last one. Raises FileError when there is no placeholder or no text.
    """
    found = list(_PLACEHOLDER.finditer(text))
    if not found:
        raise _fault(path, text, 0, "has no {{ input.NAME }}", "write where the input belongs")
    for match in found:
        if match[1] != "input":
            problem = f"cannot read {match[0]}"
            raise _fault(path, text, match.start(), problem, "write {{ input.NAME }}")
    before, after = text[: found[0].start()], text[found[-1].end() :]
    own = before if before.strip() else after
    instruction = own.strip()
    if not instruction:
        raise _fault(path, text, 0, "has no text that could evolve", "say what the model is to do")
    at = text.index(own) if own is before else len(text) - len(after)
    template = text[:at] + own.replace(instruction, _COMPONENT, 1) + text[at + len(own) :]
    return Program(
        name=_name(path),
        components={"instruction": Component(text=instruction)},
        stages=(
            Stage(name="answer", messages=(ChatMessage(role="user", content=template.strip()),)),
        ),
    )


def _fault(path: Path, text: str, at: int, problem: str, fix: str) -> FileError:
    line = text.count("\n", 0, at) + 1
    return FileError([Fault(path, line, "", problem, fix)])


def _name(path: Path) -> str:
    name = re.sub(r"[^a-z0-9_-]+", "-", path.stem.lower()).strip("-")
    return name[:64] if name[:1].isalpha() else f"prompt-{name}"[:64]
