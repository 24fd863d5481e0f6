"""Where two runs' requests differ, by JSONPath. Pure."""

import json
import re
from collections.abc import Iterator
from typing import Any

from promptevolver_contracts.base import canonical
from promptevolver_contracts.comparisons import ConfigDifference
from promptevolver_contracts.runs import RunRequest

from promptevolver_history.comparisons.sheets import Loaded

_TEXT_CHARS = 2000
_ROOM = 48 * 1024
_OWN = {"v", "run_id", "project", "name", "requested_at", "lane", "weight", "program"}
"""What belongs to a run alone, or is told by the compared candidate's program."""

_PLAIN = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")


def differences(baseline: Loaded, candidate: Loaded) -> tuple[tuple[ConfigDifference, ...], int]:
    """Give the differences that fit beside the numbers, and how many more there are."""
    before, after = _settings(baseline), _settings(candidate)
    if before["dataset"]["id"] == after["dataset"]["id"]:
        # The same examples, by whatever name each request found them.
        del before["dataset"], after["dataset"]
    found = [
        ConfigDifference(path=path, baseline=_cut(old), candidate=_cut(new))
        for path, old, new in _differing("$", before, after)
    ]
    room = _ROOM
    for count, each in enumerate(found):
        room -= len(each.model_dump_json().encode())
        if room < 0:
            return tuple(found[:count]), len(found) - count
    return tuple(found), 0


def _settings(loaded: Loaded) -> dict[str, Any]:
    """Give a request with the texts that were compared; named parts by their name."""
    request: RunRequest = loaded.request
    plain = request.model_dump(mode="json", exclude=_OWN)
    program = loaded.program.model_dump(mode="json")
    plain["metrics"] = {metric.pop("name"): metric for metric in plain["metrics"]}
    program["stages"] = {stage.pop("name"): stage for stage in program["stages"]}
    return {"program": program, **plain}


def _differing(path: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys((*before, *after)):
            yield from _differing(_within(path, name), before.get(name), after.get(name))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for place, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _differing(f"{path}[{place}]", old, new)
    elif canonical(before) != canonical(after):
        yield path, before, after


def _within(path: str, name: str) -> str:
    return f"{path}.{name}" if _PLAIN.match(name) else f"{path}[{json.dumps(name)}]"


def _cut(value: Any) -> Any:
    if isinstance(value, dict | list):
        text = json.dumps(value, ensure_ascii=False)
        return value if len(text) <= _TEXT_CHARS else _cut(text)
    if isinstance(value, str) and len(value) > _TEXT_CHARS:
        return f"{value[:_TEXT_CHARS]}… ({len(value)} characters)"
    return value
