"""Chains of calls along the links of the OpenAPI document.

What was done least often comes next, with a body from the document, a made-up one or a wrong one,
on things that may have been changed or deleted meanwhile. Whatever comes: no 5xx, and nothing that
the document does not tell of.
"""

import asyncio

import pytest
from pydantic import SecretStr
from support.fuzzing import OPERATOR_KEY, PATIENT, Fuzzing
from support.link_walk import Walk
from support.neighbours import neighbours

pytestmark = [pytest.mark.infra, pytest.mark.timeout(600)]

LINKED_CALLS = 400
"""As many on any machine; the same ones, but for ids"""
FRUITFUL = 75
"""Of the operations that links lead to, so many at least succeed by what a link gave them"""


async def test_what_a_call_made_can_be_gone_on_with(migrated_url: str) -> None:
    keys = {"api_keys": (SecretStr(OPERATOR_KEY),)}
    async with neighbours(migrated_url, simulated=True, **keys, **PATIENT) as scene:
        fuzzing = Fuzzing(scene, asyncio.get_running_loop())
        walk = Walk(fuzzing)
        await asyncio.to_thread(walk.run, LINKED_CALLS)
    reached = +walk.fruitful
    assert fuzzing.faults == {}, "\n\n".join(fuzzing.faults.values())
    assert walk.followed.total() == LINKED_CALLS
    assert len(reached) >= FRUITFUL, set(walk.targets) - set(reached)
