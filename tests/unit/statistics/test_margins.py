import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promptevolver_statistics import (
    Interval,
    cluster_t,
    equivalence,
    mean_t,
    non_inferiority,
    not_worse,
    within,
)
from scipy import stats
from statsmodels.stats.weightstats import ttost_paired

samples = st.lists(st.floats(-1, 1, width=16), min_size=3, max_size=60).filter(
    lambda values: float(np.std(values)) > 1e-3
)


@settings(deadline=None)
@given(samples, st.sampled_from([0.01, 0.1, 0.3]))
def test_tost_agrees_with_statsmodels_and_scipy(sample: list[float], margin: float) -> None:
    zeros = np.zeros(len(sample))
    p_value, lower, _ = ttost_paired(np.asarray(sample), zeros, -margin, margin)
    assert equivalence(sample, margin).p_value == pytest.approx(float(p_value), abs=1e-9)
    assert non_inferiority(sample, margin).p_value == pytest.approx(float(lower[1]), abs=1e-9)
    reference = stats.ttest_1samp(sample, -margin, alternative="greater").pvalue
    assert non_inferiority(sample, margin).p_value == pytest.approx(float(reference), abs=1e-9)


@settings(deadline=None)
@given(samples, st.sampled_from([0.05, 0.2, 0.5]))
def test_the_tests_and_the_rule_of_the_interval_are_one(sample: list[float], margin: float) -> None:
    interval = mean_t(sample, 0.9)
    assert non_inferiority(sample, margin).holds == not_worse(interval, margin)
    assert equivalence(sample, margin).holds == within(interval, margin)


def test_clusters_widen_the_claim() -> None:
    random = np.random.default_rng(4)
    clusters = [str(i // 10) for i in range(100)]
    sample = (np.repeat(random.normal(0.02, 0.1, size=10), 10)).tolist()
    alone, together = equivalence(sample, 0.05), equivalence(sample, 0.05, clusters=clusters)
    assert together.p_value > alone.p_value
    interval = cluster_t(sample, clusters, 0.9)
    assert together.holds == within(interval, 0.05)


def test_without_variation_the_mean_decides() -> None:
    assert non_inferiority([0.0] * 40, 0.01).holds
    assert not non_inferiority([-0.05] * 40, 0.01).holds


def test_false_claims_at_the_margin_stay_at_the_level() -> None:
    random = np.random.default_rng(6)
    runs = 2000
    held = sum(
        non_inferiority(random.normal(-0.1, 0.4, size=40).tolist(), 0.1).holds for _ in range(runs)
    )
    assert held / runs == pytest.approx(0.05, abs=3.5 * np.sqrt(0.05 * 0.95 / runs))


def test_a_margin_is_no_debt() -> None:
    with pytest.raises(ValueError, match="negative"):
        equivalence([0.1, 0.2], -0.1)
    with pytest.raises(ValueError, match="negative"):
        not_worse(Interval(0, 1, 0.95, "t"), -0.1)
