import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from promptevolver_contracts.datasets import Example
from promptevolver_contracts.outcomes import Outcome
from promptevolver_contracts.programs import Program
from promptevolver_contracts.spending import Spend
from promptevolver_optimizer.ledger import EXAM, Ledger
from promptevolver_optimizer.sitting import sit
from support.scripted_effects import ScriptedEffects, toy_examples, toy_program
from support.searching import AMPLE, rewritten


@dataclass
class UnsureEffects(ScriptedEffects):
    """The original's examples are not sent for certain; the winner's wait for room."""

    async def score(
        self, effect: str, program: Program, examples: Sequence[Example]
    ) -> tuple[Outcome, ...]:
        if "original" in effect:
            await asyncio.sleep(0)
            raise RuntimeError("the broker did not say")
        self.flying += 1
        try:
            await asyncio.Event().wait()
        finally:
            self.flying -= 1
        raise AssertionError


async def test_when_one_side_of_the_exam_fails_the_other_is_called_off() -> None:
    """It would go on sending shards while the run is taken over anew."""
    effects, ledger = UnsureEffects(AMPLE), Ledger(AMPLE)
    ledger.grant(EXAM, Spend())
    programs = (toy_program(), rewritten(toy_program(), "another text"))
    with pytest.RaisesGroup(pytest.RaisesExc(RuntimeError, match="did not say")):
        await sit(effects, ledger, programs, toy_examples("test", 4))
    assert effects.flying == 0
