"""Every operation of the OpenAPI document, called with what the document allows and with what not.

Whatever comes: no 5xx, a status and a body that the document declares, and of problems a code that
is documented for the operation. Of three paths two lead to things that exist.
"""

import asyncio
import re
from typing import Any

import pytest
from pydantic import SecretStr
from schemathesis.generation import GenerationMode
from support.fuzzing import OPERATOR_KEY, PATIENT, Fuzzing, Operation, made_up
from support.neighbours import neighbours

pytestmark = [pytest.mark.infra, pytest.mark.timeout(600)]

EXAMPLES = 3
"""Cases of an operation that the document allows, and as many that it does not"""

THERE = {"evaluators": {"kind": "exact_match"}}
"""Path parameters of what nobody makes"""


def fuzz(fuzzing: Fuzzing) -> None:
    """Try each operation of the document; those that take things away come last."""
    found: list[Any] = list(fuzzing.schema().get_all_operations())
    operations: list[Operation] = [each.ok() for each in found]
    for operation in sorted(operations, key=lambda each: each.method == "delete"):
        here = existing(fuzzing, operation)
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            attempt(fuzzing, operation, mode, here)


def existing(fuzzing: Fuzzing, operation: Operation) -> dict[str, str] | None:
    """Give the path parameters of what is Ada's; None where made up ones must do."""
    segment = operation.path.removeprefix("/api/v1/").partition("/")[0]
    made = fuzzing.scene.made.get(segment, THERE.get(segment, {}))
    names = re.findall(r"{(\w+)}", operation.path)
    there = names and set(names) <= set(made)
    return {name: made[name] for name in names} if there else None


def attempt(
    fuzzing: Fuzzing, operation: Operation, mode: GenerationMode, here: dict[str, str] | None
) -> None:
    for turn, case in enumerate(made_up(operation, mode, EXAMPLES), 1):
        if here is not None and turn % 3:
            case.path_parameters = here
        fuzzing.call(case)


async def test_the_document_tells_all_that_can_happen(migrated_url: str) -> None:
    keys = {"api_keys": (SecretStr(OPERATOR_KEY),)}
    async with neighbours(migrated_url, **keys, **PATIENT) as scene:
        fuzzing = Fuzzing(scene, asyncio.get_running_loop())
        await asyncio.to_thread(fuzz, fuzzing)
        document = scene.api.api.openapi()
    assert fuzzing.faults == {}, "\n\n".join(fuzzing.faults.values())
    operations = sum(len(each) for each in document["paths"].values())
    assert len(fuzzing.answers) == operations
    assert {200, 201, 202, 204, 404, 422} <= set(fuzzing.statuses)
