"""What was shown, as the files of examples that the gateway puts into its document."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from promptevolver_gateway import examples

from support.story.plain import plain
from support.story.telling import Story

FOLDER = Path(examples.__file__).parent

type Pages = Mapping[str, Mapping[str, Any]]
"""Examples by operation, by the name of their file"""


def pages(story: Story) -> Pages:
    """Give the files: one for each resource, operations in the document's order."""
    shown = {
        name: {
            **({"request": each.request} if each.request else {}),
            **({"responses": each.responses} if each.responses else {}),
        }
        for name, each in story.shown.items()
    }
    told = plain(shown, story.told_at, story.receiver)
    made: dict[str, dict[str, Any]] = {}
    for name, tag in story.tags().items():
        if told.get(name):
            made.setdefault(f"{tag.replace(' ', '_')}.json", {})[name] = told[name]
    return made


def kept() -> Pages:
    """Read the files as they are."""
    return {each.name: json.loads(each.read_text("utf-8")) for each in FOLDER.glob("*.json")}


def write(made: Pages) -> None:
    """Write the files, and remove those that are none any more."""
    for file in FOLDER.glob("*.json"):
        if file.name not in made:
            file.unlink()
    for name, operations in made.items():
        text = json.dumps(operations, indent=2, ensure_ascii=False)
        (FOLDER / name).write_text(f"{text}\n", "utf-8")
