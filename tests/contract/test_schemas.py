"""Committed schemas: as the code says, and never less than they were."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from promptevolver_contracts.documents import asyncapi, differences, message_schemas
from support.compatibility import breaks

ROOT = Path(__file__).parents[2]
TODAY = message_schemas()
SCHEMAS = ROOT / "contracts" / "schemas"


def committed(name: str) -> dict[str, Any] | None:
    shown = subprocess.run(
        ["git", "show", f"HEAD:contracts/schemas/{name}.json"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    return json.loads(shown.stdout) if shown.returncode == 0 else None


def test_the_committed_documents_are_todays() -> None:
    assert differences(SCHEMAS) == []


@pytest.mark.parametrize("name", TODAY)
def test_no_message_takes_away_what_the_last_commit_promised(name: str) -> None:
    before = committed(name)
    # A message that no commit holds has promised nothing: there is nothing to compare it with.
    assert before is None or breaks(before, TODAY[name]) == []


def test_every_reference_in_asyncapi_leads_somewhere() -> None:
    document = asyncapi()
    for reference in references(document):
        if reference.startswith("./"):
            assert (SCHEMAS / reference).exists(), reference
            continue
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            assert step in place, reference
            place = place[step]


def test_every_channel_describes_its_parameters() -> None:
    for channel in asyncapi()["channels"].values():
        address = channel["address"] or ""
        assert set(channel.get("parameters", {})) == {
            part[1:-1] for part in address.split(".") if part.startswith("{")
        }


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if "$ref" in value else []
        return own + [found for inner in value.values() for found in references(inner)]
    if isinstance(value, list):
        return [found for inner in value for found in references(inner)]
    return []
