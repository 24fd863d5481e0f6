"""The ledger: grants before work, settlement after it; never more than the budget. Pure.

Whether a step is granted depends on committed steps alone, never on what arrived when, so that a
resumed run decides as an undisturbed one.
"""

from dataclasses import dataclass, field

from promptevolver_contracts.spending import Budget, Limit, Spend

EXAM = "exam"
"""Key of what is set aside for the exam."""


class OutOfBudget(Exception):
    """A cap leaves no room for the next effect of a step."""

    def __init__(self, limit: Limit) -> None:
        super().__init__(f"no room left under the cap on {limit}")
        self.limit: Limit = limit


def exceeded(spend: Spend, budget: Budget) -> Limit | None:
    """Name the first cap that the spending is above, None when it is within all."""
    if budget.calls is not None and spend.calls > budget.calls:
        return "calls"
    if budget.tokens is not None and spend.tokens > budget.tokens:
        return "tokens"
    # Sums of prices carry rounding noise far below the smallest price.
    if budget.usd is not None and spend.usd > budget.usd + 1e-9:
        return "usd"
    return None


def times(spend: Spend, count: int) -> Spend:
    """Multiply an amount."""
    return Spend(
        calls=spend.calls * count,
        cached_calls=spend.cached_calls * count,
        prompt_tokens=spend.prompt_tokens * count,
        completion_tokens=spend.completion_tokens * count,
        usd=spend.usd * count,
        unpriced_calls=spend.unpriced_calls * count,
    )


@dataclass(slots=True)
class Ledger:
    """Budget of a run with what is committed and what is granted to work in flight."""

    budget: Budget
    committed: Spend = field(default_factory=Spend)
    grants: dict[str, Spend] = field(default_factory=dict)

    @property
    def held(self) -> Spend:
        """Committed and granted together."""
        return sum(self.grants.values(), self.committed)

    def grant(self, key: str, bound: Spend) -> Limit | None:
        """Set the bound aside for one piece of work; else name the cap that forbids it."""
        limit = exceeded(self.held + bound, self.budget)
        if limit is None:
            self.grants[key] = bound
        return limit

    def grant_rest(self, key: str) -> Spend:
        """Set aside all that is left, for a last piece of work that may end early."""
        held = self.held
        calls, tokens, usd = self.budget.calls, self.budget.tokens, self.budget.usd
        rest = Spend(
            calls=_UNBOUNDED if calls is None else max(calls - held.calls, 0),
            prompt_tokens=_UNBOUNDED if tokens is None else max(tokens - held.tokens, 0),
            usd=float(_UNBOUNDED) if usd is None else max(usd - held.usd, 0.0),
        )
        self.grants[key] = rest
        return rest

    def check(self, key: str, spent: Spend, effect: Spend) -> None:
        """Raise OutOfBudget unless the effect fits into what is left of the grant."""
        grant = self.grants[key]
        caps = Budget(
            calls=None if self.budget.calls is None else grant.calls,
            tokens=None if self.budget.tokens is None else grant.tokens,
            usd=None if self.budget.usd is None else grant.usd,
        )
        limit = exceeded(spent + effect, caps)
        if limit is not None:
            raise OutOfBudget(limit)

    def settle(self, key: str, spent: Spend) -> None:
        """Replace a grant by what was really spent."""
        del self.grants[key]
        self.committed += spent


_UNBOUNDED = 10**12
