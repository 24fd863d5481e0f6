"""What is set aside for a step before it is launched.

Estimates only decide what is set aside; every effect is held to its own bound.
"""

from math import ceil

from promptevolver_contracts.spending import Spend

from promptevolver_optimizer.archive import Sheet
from promptevolver_optimizer.ledger import times
from promptevolver_optimizer.search import Plan
from promptevolver_optimizer.slot import Effects


class Allowance:
    """Sets aside by what the original took, and by bounds once a step outgrew that."""

    def __init__(self, effects: Effects) -> None:
        self._effects = effects
        self._scale = 1
        """Doubled by each step that outgrew what was set aside for it."""

    def of_child(self, original: Sheet) -> Spend:
        """Estimate a child on one example: twice what the original took, at most the bound."""
        bound = self._effects.typical_score()
        worths = [outcome.worth or outcome.spend for outcome in original.outcomes]
        paid = [worth for worth in worths if worth.calls]
        if not paid:
            return bound
        total = sum(paid, Spend())
        share = 2 * len(original.outcomes) / len(original.scores) / len(paid)
        return Spend(
            calls=bound.calls,
            prompt_tokens=min(ceil(total.prompt_tokens * share), bound.prompt_tokens),
            completion_tokens=min(ceil(total.completion_tokens * share), bound.completion_tokens),
            usd=min(total.usd * share, bound.usd),
        )

    def of_step(self, plan: Plan, original: Sheet) -> Spend:
        """Say what to set aside for a step."""
        asks = times(self._effects.typical_ask(), plan.asks * self._scale)
        worst = self._effects.typical_score()
        if self._scale > 1:
            return times(worst, plan.task_calls * self._scale // 2) + asks
        # Room for the last part of an effect too, which is held to its worst case.
        last = worst.model_copy(update={"calls": 0})
        return times(self.of_child(original), plan.task_calls) + asks + last

    def least(self, plan: Plan) -> Spend:
        """Say below what a step is not worth launching: one question and one score."""
        score = self._effects.typical_score()
        return score + self._effects.typical_ask() if plan.asks else score

    def outgrown(self) -> None:
        """Set more aside from here on."""
        self._scale *= 2
