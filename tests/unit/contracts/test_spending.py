import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptevolver_contracts.spending import Budget, Spend
from support import arbitrary

# Sums are rounded to ten decimals, so amounts with fewer add up exactly in any order.
usd = st.integers(0, 10**9).map(lambda millionths: millionths / 1e6)
spends = st.builds(
    lambda spend, usd: spend.model_copy(update={"usd": usd}), arbitrary.of(Spend), usd
)
budgets = st.builds(
    lambda budget, usd, seconds: budget.model_copy(update={"usd": usd, "seconds": seconds}),
    arbitrary.of(Budget),
    st.none() | st.integers(0, 1000),
    st.none() | st.integers(0, 1000),
)


@given(spends, spends)
def test_spends_add_up_in_any_order(a: Spend, b: Spend) -> None:
    assert a + b == b + a


@given(spends, spends, spends)
def test_spends_add_up_in_any_grouping(a: Spend, b: Spend, c: Spend) -> None:
    left, right = (a + b) + c, a + (b + c)
    assert left.usd == pytest.approx(right.usd, abs=2e-10)
    assert left.model_copy(update={"usd": 0}) == right.model_copy(update={"usd": 0})


@given(spends, spends)
def test_tokens_add_up(a: Spend, b: Spend) -> None:
    assert (a + b).tokens == a.tokens + b.tokens


@given(spends)
def test_no_spend_changes_nothing(spend: Spend) -> None:
    assert spend + Spend() == spend


@given(budgets)
def test_an_empty_top_up_changes_nothing(budget: Budget) -> None:
    assert budget + Budget() == budget


@given(budgets, budgets)
def test_a_top_up_never_lowers_a_cap(budget: Budget, more: Budget) -> None:
    topped = budget + more
    for limit in Budget.model_fields:
        before, added, after = (getattr(each, limit) for each in (budget, more, topped))
        if before is None or added is None:
            assert after == (added if before is None else before)
        else:
            assert after == before + added


@given(budgets, budgets, budgets)
def test_top_ups_may_come_in_any_order(budget: Budget, one: Budget, other: Budget) -> None:
    assert budget + one + other == budget + other + one
