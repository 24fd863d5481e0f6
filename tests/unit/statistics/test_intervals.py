import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promptevolver_statistics import (
    bca,
    bonett_price,
    cluster_t,
    independent_groups,
    mean_interval,
    mean_t,
    wilson,
)
from scipy import stats
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.proportion import proportion_confint

scores = st.lists(st.floats(-1, 1, width=32), min_size=2, max_size=60)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_agrees_with_statsmodels_and_holds_the_rate(table: tuple[int, int]) -> None:
    successes, n = table
    interval = wilson(successes, n, 0.9)
    low, high = proportion_confint(successes, n, alpha=0.1, method="wilson")
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-12)
    assert 0 <= interval.low <= successes / n <= interval.high <= 1


def test_bonett_price_of_a_worked_table() -> None:
    # Laplace-adjusted rates 9/52 and 3/52: 6/52 -+ 1.959964 * sqrt((12/52 - (6/52)**2) / 52).
    interval = bonett_price(8, 2, 50)
    assert (interval.low, interval.high) == pytest.approx((-0.011361, 0.242130), abs=1e-6)


@given(st.tuples(st.integers(0, 80), st.integers(0, 80), st.integers(1, 80)))
def test_bonett_price_holds_the_difference_and_mirrors(table: tuple[int, int, int]) -> None:
    b, c, ties = table
    n = b + c + ties
    interval, mirrored = bonett_price(b, c, n), bonett_price(c, b, n)
    assert -1 <= interval.low <= (b - c) / n <= interval.high <= 1
    assert (mirrored.low, mirrored.high) == pytest.approx((-interval.high, -interval.low))


def test_bonett_price_covers_where_few_pairs_disagree() -> None:
    # Rates of 0.90 and 0.95 on 50 examples: the percentile bootstrap covers about 92 %.
    draws = np.random.default_rng(5).multinomial(50, [0.07, 0.02, 0.91], size=2000)
    intervals = [bonett_price(int(b), int(c), 50) for b, c, _ in draws]
    assert np.mean([i.low <= 0.05 <= i.high for i in intervals]) >= 0.95


@given(scores)
def test_mean_t_agrees_with_scipy_and_holds_the_mean(values: list[float]) -> None:
    interval = mean_t(values, 0.9)
    error = stats.sem(values)
    half = stats.t.ppf(0.95, len(values) - 1) * error
    assert interval.high - interval.low == pytest.approx(2 * half, abs=1e-9)
    assert interval.low <= float(np.mean(values)) <= interval.high


@pytest.mark.parametrize("n", [10, 60, 200])
def test_bca_agrees_with_scipy(n: int) -> None:
    sample = np.random.default_rng(n).exponential(size=n)
    interval = bca(sample.tolist(), seed=1, resamples=50_000)
    reference = stats.bootstrap(
        (sample,), np.mean, n_resamples=50_000, method="BCa", rng=np.random.default_rng(2)
    ).confidence_interval
    error = float(stats.sem(sample))
    assert interval.low == pytest.approx(reference.low, abs=0.1 * error)
    assert interval.high == pytest.approx(reference.high, abs=0.1 * error)


def test_bca_follows_the_skew_that_t_ignores() -> None:
    sample = np.random.default_rng(3).exponential(size=40).tolist()
    mean = float(np.mean(sample))
    interval = bca(sample, seed=1)
    assert interval.high - mean > 1.1 * (mean - interval.low)


@settings(max_examples=20, deadline=None)
@given(scores, st.integers(0, 2**32))
def test_bca_repeats_by_seed_and_mirrors(values: list[float], seed: int) -> None:
    interval = bca(values, seed=seed, resamples=500)
    mirrored = bca([-value for value in values], seed=seed, resamples=500)
    assert interval == bca(values, seed=seed, resamples=500)
    assert (mirrored.low, mirrored.high) == pytest.approx((-interval.high, -interval.low), abs=1e-9)


def test_bca_differs_by_seed() -> None:
    values = np.random.default_rng(3).normal(size=40).tolist()
    assert bca(values, seed=1) != bca(values, seed=2)


def test_bca_without_variation_is_a_point() -> None:
    interval = bca([0.25] * 40, seed=1)
    assert (interval.low, interval.high) == (0.25, 0.25)


def test_cluster_t_agrees_with_statsmodels() -> None:
    random = np.random.default_rng(8)
    groups = random.integers(12, size=70)
    values = random.normal(size=12)[groups] + random.normal(size=70)
    fit = OLS(values, np.ones(70)).fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    interval = cluster_t(values.tolist(), [str(group) for group in groups])
    assert (interval.low, interval.high) == pytest.approx(tuple(fit.conf_int()[0]))


def test_an_example_without_a_cluster_is_a_unit_of_its_own() -> None:
    groups = independent_groups(["a", "a", None, "b", None, "example 2"])
    assert groups is not None
    assert groups[0] == groups[1]
    assert len(set(groups)) == 5
    assert independent_groups(["a", "b", None, None]) is None
    assert independent_groups([]) is None


def test_clusters_of_one_are_no_clusters() -> None:
    values = [0.1, 0.5, -0.2, 0.4]
    alone, plain = cluster_t(values, ["a", "b", "c", "d"]), mean_t(values)
    assert (alone.low, alone.high) == pytest.approx((plain.low, plain.high))


@pytest.mark.parametrize(
    ("n", "clustered", "method"),
    [
        (29, False, "t"),
        (30, False, "bca"),
        (1999, False, "bca"),
        (2000, False, "t"),
        (30, True, "cluster_t"),
    ],
)
def test_the_method_for_a_mean_suits_the_sample(n: int, *, clustered: bool, method: str) -> None:
    values = np.random.default_rng(1).normal(size=n).tolist()
    clusters = [str(i % 10) for i in range(n)] if clustered else None
    assert mean_interval(values, seed=1, clusters=clusters).method == method


def test_importing_the_package_does_not_load_scipy() -> None:
    code = "import sys, promptevolver_statistics; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_impossible_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="no rate"):
        wilson(3, 2)
    with pytest.raises(ValueError, match="no paired table"):
        bonett_price(3, 2, 4)
    with pytest.raises(ValueError, match="two values"):
        mean_t([0.5])
    with pytest.raises(ValueError, match="one cluster"):
        cluster_t([0.5, 0.4], ["a", "a"])
    with pytest.raises(ValueError, match="cluster names"):
        cluster_t([0.5, 0.4], ["a"])
    with pytest.raises(ValueError, match="confidence"):
        mean_t([0.5, 0.4], 1.0)
    with pytest.raises(ValueError, match="confidence"):
        wilson(1, 2, 95)
