import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promptevolver_statistics import clopper_pearson, quantile, summarize, wilson
from scipy import stats
from statsmodels.stats.proportion import proportion_confint


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_clopper_pearson_agrees_with_statsmodels(table: tuple[int, int]) -> None:
    interval = clopper_pearson(*table, 0.9)
    low, high = proportion_confint(*table, alpha=0.1, method="beta")
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-9)


def test_clopper_pearson_never_covers_too_little() -> None:
    for n in (5, 30):
        for rate in (0.02, 0.3, 0.95):
            covered = sum(
                float(stats.binom.pmf(k, n, rate))
                for k in range(n + 1)
                if clopper_pearson(k, n).low <= rate <= clopper_pearson(k, n).high
            )
            assert covered >= 0.95


def test_rates_are_bounded_by_wilson_or_exactly() -> None:
    scores = [1.0] * 18 + [0.0] * 2
    assert summarize(scores, seed=1).interval == wilson(18, 20)
    assert summarize(scores, seed=1, exact=True).interval == clopper_pearson(18, 20)


@pytest.mark.parametrize(
    ("n", "clusters", "method"),
    [(20, None, "t"), (40, None, "bca"), (2500, None, "t"), (40, 8, "cluster_t")],
)
def test_means_are_bounded_by_what_suits_them(n: int, clusters: int | None, method: str) -> None:
    scores = np.random.default_rng(1).random(n).tolist()
    names = None if clusters is None else [str(i % clusters) for i in range(n)]
    summary = summarize(scores, seed=1, clusters=names)
    assert summary.mean == pytest.approx(np.mean(scores))
    assert summary.interval is not None
    assert summary.interval.method == method
    assert summary.interval.low < summary.mean < summary.interval.high


def test_equal_scores_do_not_prove_the_next_one() -> None:
    interval = summarize([0.5] * 30, seed=1).interval
    assert interval is not None
    assert interval.method == "pseudo_pairs_t"
    assert interval.low < 0.5 < interval.high
    assert interval.high - interval.low < 0.2


def test_a_single_unit_has_no_interval() -> None:
    assert summarize([0.4], seed=1).interval is None
    assert summarize([0.4, 0.6], seed=1, clusters=["a", "a"]).interval is None
    with pytest.raises(ValueError, match="nothing"):
        summarize([], seed=1)


def test_summaries_cover_the_mean() -> None:
    random = np.random.default_rng(21)
    runs = 300
    covered = 0
    for seed in range(runs):
        interval = summarize(random.beta(4, 2, size=60).tolist(), seed=seed).interval
        assert interval is not None
        covered += interval.low <= 4 / 6 <= interval.high
    assert covered / runs == pytest.approx(0.95, abs=3.5 * np.sqrt(0.05 * 0.95 / runs) + 0.01)


@settings(deadline=None)
@given(st.lists(st.floats(0, 100), min_size=1, max_size=60), st.sampled_from([0.5, 0.9, 0.95]))
def test_a_quantile_is_numpys_and_inside_its_interval(values: list[float], level: float) -> None:
    found = quantile(values, level)
    assert found.value == float(np.quantile(values, level, method="inverted_cdf"))
    assert found.interval.low <= found.value <= found.interval.high


@pytest.mark.parametrize(("n", "level"), [(40, 0.5), (80, 0.95), (25, 0.25)])
def test_the_interval_of_a_quantile_is_the_percentile_bootstraps(n: int, level: float) -> None:
    sample = np.random.default_rng(n).exponential(size=n)
    random = np.random.default_rng(1)
    resampled = np.quantile(
        sample[random.integers(n, size=(20_000, n))], level, axis=1, method="inverted_cdf"
    )
    low, high = np.quantile(resampled, [0.025, 0.975], method="inverted_cdf")
    interval = quantile(sample.tolist(), level).interval
    assert (interval.low, interval.high) == (low, high)


def test_the_interval_of_the_median_covers_it() -> None:
    random = np.random.default_rng(8)
    runs = 2000
    intervals = [quantile(random.exponential(size=50).tolist(), 0.5).interval for _ in range(runs)]
    covered = float(np.mean([i.low <= np.log(2) <= i.high for i in intervals]))
    assert covered == pytest.approx(0.95, abs=0.025)


def test_no_quantile_of_nothing() -> None:
    with pytest.raises(ValueError, match="nothing"):
        quantile([], 0.5)
    with pytest.raises(ValueError, match="no quantile"):
        quantile([1.0], 1.0)
