from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptevolver_contracts.spending import Budget, Spend
from promptevolver_optimizer.ledger import Ledger, OutOfBudget, exceeded, times

amounts = st.builds(
    Spend,
    calls=st.integers(0, 20),
    prompt_tokens=st.integers(0, 500),
    completion_tokens=st.integers(0, 500),
    usd=st.floats(0, 2, allow_nan=False).map(lambda usd: round(usd, 6)),
)
budgets = st.builds(
    Budget,
    calls=st.none() | st.integers(0, 100),
    tokens=st.none() | st.integers(0, 5000),
    usd=st.none() | st.floats(0, 10, allow_nan=False),
)


def part_of(bound: Spend, share: float) -> Spend:
    return Spend(
        calls=int(bound.calls * share),
        prompt_tokens=int(bound.prompt_tokens * share),
        completion_tokens=int(bound.completion_tokens * share),
        usd=bound.usd * share,
    )


@given(budgets, st.lists(st.tuples(amounts, st.floats(0, 1)), max_size=40), st.randoms())
def test_neither_what_is_held_nor_what_is_spent_ever_exceeds_the_budget(
    budget: Budget, works: list[tuple[Spend, float]], random: Random
) -> None:
    ledger = Ledger(budget)
    flying: dict[str, Spend] = {}
    for number, (bound, share) in enumerate(works):
        key = f"m{number}"
        if ledger.grant(key, bound) is None:
            flying[key] = part_of(bound, share)
        while flying and random.random() < 0.5:
            ended = random.choice(sorted(flying))
            ledger.settle(ended, flying.pop(ended))
        assert exceeded(ledger.held, budget) is None
    for key, spent in flying.items():
        ledger.settle(key, spent)
    assert ledger.grants == {}
    assert exceeded(ledger.committed, budget) is None


@given(budgets, amounts, amounts)
def test_the_rest_is_all_that_is_left(budget: Budget, taken: Spend, effect: Spend) -> None:
    ledger = Ledger(budget)
    ledger.grant("m0", taken)
    ledger.grant_rest("m1")
    before = ledger.grants.get("m0", Spend())
    fits = exceeded(before + effect, budget) is None
    try:
        ledger.check("m1", Spend(), effect)
    except OutOfBudget:
        assert not fits
    else:
        assert fits


def test_an_effect_beyond_its_grant_is_refused_by_the_name_of_the_cap() -> None:
    ledger = Ledger(Budget(calls=10, usd=5))
    assert ledger.grant("m0", Spend(calls=4, usd=1)) is None
    ledger.check("m0", Spend(calls=3), Spend(calls=1))
    with pytest.raises(OutOfBudget, match="calls") as refused:
        ledger.check("m0", Spend(calls=3), Spend(calls=2))
    assert refused.value.limit == "calls"
    assert ledger.grant("m1", Spend(calls=7)) == "calls"
    assert "m1" not in ledger.grants


def test_a_cap_left_open_bounds_nothing() -> None:
    ledger = Ledger(Budget(calls=1))
    assert ledger.grant("m0", Spend(calls=1, prompt_tokens=10**9, usd=10**6)) is None
    ledger.check("m0", Spend(), Spend(prompt_tokens=10**9, usd=10**6))


def test_amounts_multiply() -> None:
    assert times(Spend(calls=2, prompt_tokens=3, usd=0.5), 3) == Spend(
        calls=6, prompt_tokens=9, usd=1.5
    )
