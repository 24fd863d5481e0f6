from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptevolver_statistics import (
    discordant_odds,
    mcnemar_exact_p,
    mcnemar_mid_p,
    preference,
    typical_shift_p,
    wilson,
)
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar

counts = st.integers(0, 150)


@given(counts, counts)
def test_the_exact_p_agrees_with_statsmodels_and_exceeds_mid_p(b: int, c: int) -> None:
    exact = mcnemar_exact_p(b, c)
    assert exact == pytest.approx(mcnemar([[0, b], [c, 0]], exact=True).pvalue)
    assert mcnemar_mid_p(b, c) <= exact <= 1


@given(counts, counts)
def test_odds_have_the_exact_interval_of_their_share(b: int, c: int) -> None:
    odds = discordant_odds(b, c)
    if b + c == 0:
        assert (odds.value, odds.low, odds.high) == (None, 0, inf)
        return
    assert odds.value == (b / c if c else inf)
    share = stats.binomtest(b, b + c).proportion_ci(method="exact")
    assert odds.low / (1 + odds.low) == pytest.approx(share.low)
    assert (odds.high == inf) == (c == 0)
    if c:
        assert odds.high / (1 + odds.high) == pytest.approx(share.high)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_preferences_count_ties_by_half(wins: int, ties: int, losses: int) -> None:
    n = wins + ties + losses
    if n == 0:
        return
    found = preference(wins, ties, losses)
    mirrored = preference(losses, ties, wins)
    assert found.rate == pytest.approx((wins + ties / 2) / n)
    assert found.rate + mirrored.rate == pytest.approx(1)
    assert found.interval.low + mirrored.interval.high == pytest.approx(1)
    assert found.interval.low <= found.rate <= found.interval.high
    if wins + losses:
        assert found.p_value == pytest.approx(stats.binomtest(wins, wins + losses).pvalue)


def test_a_preference_without_ties_is_wilsons() -> None:
    assert preference(8, 0, 2).interval == wilson(8, 10)


def test_the_typical_shift_agrees_with_scipy() -> None:
    sample = [0.25] * 20 + [-1.0] * 4 + [0.0] * 10 + [1e-12]
    settled = [0.0 if abs(x) < 1e-9 else x for x in sample]
    reference = stats.wilcoxon(settled, zero_method="pratt").pvalue
    assert typical_shift_p(sample) == pytest.approx(reference)
    assert typical_shift_p([0.0] * 30) == 1


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        discordant_odds(-1, 2)
    with pytest.raises(ValueError, match="negative"):
        mcnemar_exact_p(1, -2)
    with pytest.raises(ValueError, match="no preferences"):
        preference(0, 0, 0)
