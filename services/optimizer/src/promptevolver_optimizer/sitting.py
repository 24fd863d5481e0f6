"""Sitting the exam: both candidates on the same sealed examples, within the budget."""

import asyncio

from promptevolver_contracts.datasets import Example
from promptevolver_contracts.programs import Program
from promptevolver_contracts.spending import Spend

from promptevolver_optimizer.archive import Sheet
from promptevolver_optimizer.ledger import EXAM, Ledger, exceeded
from promptevolver_optimizer.slot import Effects


async def sit(
    effects: Effects,
    ledger: Ledger,
    programs: tuple[Program, Program],
    test: tuple[Example, ...],
) -> tuple[Sheet, Sheet]:
    """Score both on the same test examples: nearly always on all of them, at once.

    When the budget cannot hold the worst case of all, they go in parts, as far as it lasts.
    """
    ledger.settle(EXAM, Spend())
    sheets = (Sheet(programs[0], ()), Sheet(programs[1], ()))
    while test:
        part = _fitting(effects, ledger, programs, test)
        if not part:
            break
        at = len(sheets[0].scores)
        async with asyncio.TaskGroup() as group:
            scoring = [
                group.create_task(effects.score(f"exam.{who}.{at}", program, part))
                for who, program in zip(("original", "winner"), programs, strict=True)
            ]
        news = [each.result() for each in scoring]
        spent = sum((outcome.spend for outcomes in news for outcome in outcomes), Spend())
        ledger.settle(EXAM, spent)
        sheets = (
            Sheet(programs[0], (*sheets[0].outcomes, *news[0])),
            Sheet(programs[1], (*sheets[1].outcomes, *news[1])),
        )
        test = test[len(part) :]
    return sheets


def _fitting(
    effects: Effects, ledger: Ledger, programs: tuple[Program, Program], test: tuple[Example, ...]
) -> tuple[Example, ...]:
    """Give the examples that surely fit into the budget, and set aside what they may cost."""
    total = Spend()
    for count, example in enumerate(test):
        more = total + sum(
            (effects.worst_score(program, [example]) for program in programs), Spend()
        )
        if exceeded(ledger.held + more, ledger.budget) is not None:
            ledger.grant(EXAM, total)
            return test[:count]
        total = more
    ledger.grant(EXAM, total)
    return test
