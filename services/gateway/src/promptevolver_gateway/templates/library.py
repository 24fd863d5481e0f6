"""The built-in templates: read once from the files beside this module, never changed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import yaml
from promptevolver_contracts.datasets import Example
from promptevolver_contracts.templates import TaskKind, TemplateContent

BUILTIN = "builtin-"
"""How ids and names of built-in templates begin; those of projects must not."""


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A template that comes with the product, with examples of its task, which are invented."""

    template_id: str
    content: TemplateContent
    examples: tuple[Example, ...]


@cache
def library() -> Mapping[str, BuiltIn]:
    """Give the built-in templates by id, in order."""
    folders = sorted(files(__package__).joinpath("builtin").iterdir(), key=lambda each: each.name)
    found = [_read(folder) for folder in folders if folder.is_dir()]
    return {each.template_id: each for each in found}


def of_task(task: TaskKind | None) -> list[BuiltIn]:
    """Give the built-in templates for a kind of task, or all of them."""
    return [each for each in library().values() if task in {None, each.content.task}]


def _read(folder: Traversable) -> BuiltIn:
    lines = folder.joinpath("data.jsonl").read_text("utf-8").splitlines()
    return BuiltIn(
        template_id=f"{BUILTIN}{folder.name}",
        content=TemplateContent.model_validate(
            yaml.safe_load(folder.joinpath("template.yaml").read_text("utf-8"))
        ),
        examples=tuple(Example.model_validate(json.loads(line)) for line in lines),
    )
