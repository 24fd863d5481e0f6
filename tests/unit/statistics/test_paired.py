import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promptevolver_statistics import (
    effect_size,
    mcnemar_mid_p,
    needed_sample_size,
    sign_flip_permutation,
    tally,
)
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.power import TTestPower

differences = st.lists(st.sampled_from([-1.0, -0.5, -0.1, 0.0, 0.1, 0.5, 1.0]), max_size=40)


@given(st.integers(0, 200), st.integers(0, 200))
def test_mid_p_is_the_exact_p_less_the_probability_of_the_table(b: int, c: int) -> None:
    p_value = mcnemar_mid_p(b, c)
    assert p_value == mcnemar_mid_p(c, b)
    assert 0 < p_value <= 1
    if b == c:
        assert p_value == 1
    else:
        exact = mcnemar([[0, b], [c, 0]], exact=True).pvalue
        table = float(stats.binom.pmf(min(b, c), b + c, 0.5))
        assert p_value == pytest.approx(exact - table)


def test_mid_p_of_thousands_of_pairs_neither_overflows_nor_errs() -> None:
    tail = 2 * stats.binom.cdf(2400, 5000, 0.5) - stats.binom.pmf(2400, 5000, 0.5)
    assert mcnemar_mid_p(2600, 2400) == pytest.approx(tail)


def test_mid_p_refuses_negative_counts() -> None:
    with pytest.raises(ValueError, match="negative"):
        mcnemar_mid_p(-1, 3)


@pytest.mark.parametrize("alternative", ["two_sided", "greater"])
def test_few_units_are_enumerated_as_scipy_does(alternative: str) -> None:
    sample = np.random.default_rng(4).normal(0.3, 1, size=11)
    reference = stats.permutation_test(
        (sample, np.zeros(11)),
        lambda x, y, axis: (x - y).mean(axis=axis),
        permutation_type="samples",
        vectorized=True,
        alternative=alternative.replace("_", "-"),
    )
    p_value = sign_flip_permutation(
        sample.tolist(), 1, alternative="greater" if alternative == "greater" else "two_sided"
    )
    assert p_value == pytest.approx(reference.pvalue)


@pytest.mark.parametrize("n", [17, 200])
def test_many_units_are_sampled_close_to_scipy(n: int) -> None:
    sample = np.random.default_rng(n).normal(0.1, 1, size=n)
    reference = stats.permutation_test(
        (sample, np.zeros(n)),
        lambda x, y, axis: (x - y).mean(axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=10_000,
        rng=np.random.default_rng(1),
    )
    assert sign_flip_permutation(sample.tolist(), 1) == pytest.approx(reference.pvalue, abs=0.02)


def test_equal_binary_differences_give_the_exact_sign_test() -> None:
    sample = [1.0] * 9 + [-1.0] * 3 + [0.0] * 50
    assert sign_flip_permutation(sample, 1) == pytest.approx(stats.binomtest(9, 12).pvalue)


@settings(deadline=None)
@given(differences, st.integers(0, 2**32))
def test_p_lies_in_range_mirrors_and_repeats(sample: list[float], seed: int) -> None:
    p_value = sign_flip_permutation(sample, seed, flips=300)
    assert 0 < p_value <= 1
    assert p_value == sign_flip_permutation(sample, seed, flips=300)
    assert p_value == sign_flip_permutation([-value for value in sample], seed, flips=300)


def test_no_difference_is_no_evidence() -> None:
    assert sign_flip_permutation([0.0] * 30, 1) == 1
    assert sign_flip_permutation([], 1) == 1


def test_overwhelming_evidence_from_random_flips_is_not_certainty() -> None:
    assert sign_flip_permutation([1.0] * 300, 1) == 1 / 10_001


def test_clusters_flip_as_a_whole() -> None:
    sample = [0.2] * 20
    clusters = [str(i // 5) for i in range(20)]
    assert sign_flip_permutation(sample, 1, clusters) == 2 / 2**4
    assert sign_flip_permutation(sample, 1) < 0.001


def test_rounding_is_no_win() -> None:
    counts = tally([0.1 + 0.2 - 0.3, 0.5, -0.5, 0.25])
    assert (counts.wins, counts.ties, counts.losses) == (2, 1, 1)


def test_effect_size_is_the_mean_in_standard_deviations() -> None:
    assert effect_size([1.0, 0.0, 1.0, 0.0]) == pytest.approx(0.5 / np.sqrt(1 / 3))
    assert effect_size([0.1] * 3) is None
    assert effect_size([1.0]) is None


@pytest.mark.parametrize(("effect", "n"), [(0.02, 3976), (0.03, 1768), (0.05, 638), (0.1, 161)])
def test_needed_sample_size_reaches_the_power(effect: float, n: int) -> None:
    assert abs(needed_sample_size(0.45, effect) - n) <= 1
    assert needed_sample_size(0.45, -effect) == needed_sample_size(0.45, effect)
    power = TTestPower().power(effect / 0.45, needed_sample_size(0.45, effect), 0.05)
    assert power == pytest.approx(0.8, abs=0.005)


def test_no_sample_shows_no_effect() -> None:
    with pytest.raises(ValueError, match="no sample size"):
        needed_sample_size(0.45, 0.0)
