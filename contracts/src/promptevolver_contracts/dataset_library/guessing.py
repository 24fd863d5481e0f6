"""What columns of a table of examples mean by their names: one rule for the API and the command.

A column that is called like a part of an example fills it: `inputs.ticket`, `metadata.team:json`.
"""

import re
from collections.abc import Mapping, Sequence

TARGET = re.compile(
    r"(id|split|cluster|expected|inputs|metadata|(?:inputs|metadata|expected)\..+?)(:json)?"
)
"""A part of an example; `:json` after it says that cells hold JSON."""
SPLIT_NAMES: Mapping[str, str] = {
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "dev": "validation",
    "testing": "test",
}
"""Other names of splits"""
_NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "item_id", "example_id", "uuid", "key"),
    "expected": (
        "expected",
        "expected_output",
        "label",
        "answer",
        "target",
        "ground_truth",
        "reference",
        "output",
        "completion",
    ),
    "split": ("split", "subset"),
    "cluster": ("cluster", "cluster_key", "group", "group_id"),
}


def guessed(columns: Sequence[str]) -> dict[str, str]:
    """Guess what columns mean by their names; what has no known name is an input."""
    mapping = {name: name for name in columns if _says_it(name)}
    plain = {name: name.strip().lower().replace(" ", "_") for name in columns}
    for target, names in _NAMES.items():
        found = [name for known in names for name in columns if plain[name] == known]
        taken = any(re.split(r"[.:]", value, maxsplit=1)[0] == target for value in mapping.values())
        if found and not taken and found[0] not in mapping:
            mapping[found[0]] = target
    whole = "inputs" in mapping.values()
    for name in columns:
        if name not in mapping and not whole:
            mapping[name] = f"inputs.{name}"
    return {name: mapping[name] for name in columns if name in mapping}


def split_name(cell: str) -> str:
    """Give the split that a cell means: case and other usual names do not matter."""
    name = cell.strip().lower()
    return SPLIT_NAMES.get(name, name)


def _says_it(name: str) -> bool:
    match = TARGET.fullmatch(name)
    whole = name in {"inputs", "metadata"}
    return whole or (match is not None and (match[2] is not None or "." in match[1]))
