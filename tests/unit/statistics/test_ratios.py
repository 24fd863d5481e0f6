import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promptevolver_statistics import ratio_of_geometric_means
from scipy import stats

amounts = st.lists(
    st.tuples(st.floats(0.1, 100), st.floats(0.1, 100)), min_size=3, max_size=40
).filter(lambda pairs: float(np.std([np.log(b / a) for a, b in pairs])) > 1e-3)


@settings(deadline=None)
@given(amounts)
def test_a_ratio_agrees_with_scipy(pairs: list[tuple[float, float]]) -> None:
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    found = ratio_of_geometric_means(first, second)
    reference = stats.ttest_rel(np.log(second), np.log(first))
    bounds = reference.confidence_interval(0.95)
    assert found.ratio == pytest.approx(stats.gmean(second) / stats.gmean(first))
    assert found.p_value == pytest.approx(reference.pvalue, abs=1e-9)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx(
        (np.exp(bounds.low), np.exp(bounds.high))
    )


@settings(deadline=None)
@given(amounts)
def test_units_and_sides_do_not_matter(pairs: list[tuple[float, float]]) -> None:
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    found, mirrored = (
        ratio_of_geometric_means(first, second),
        ratio_of_geometric_means([1000 * b for b in second], [1000 * a for a in first]),
    )
    assert found.ratio is not None
    assert mirrored.ratio == pytest.approx(1 / found.ratio)
    assert mirrored.p_value == pytest.approx(found.p_value, abs=1e-9)


def test_zeros_are_left_out_and_counted() -> None:
    found = ratio_of_geometric_means([1, 0, 2, 3, 0], [2, 5, 0, 9, 0])
    assert (found.n, found.zeros) == (2, 3)
    assert found.ratio == pytest.approx(np.sqrt(6))


def test_what_cannot_be_tested_is_not() -> None:
    empty = ratio_of_geometric_means([0, 0], [1, 1])
    assert (empty.n, empty.ratio, empty.p_value) == (0, None, None)
    single = ratio_of_geometric_means([1], [3])
    assert single.ratio == pytest.approx(3)
    assert single.interval is None
    constant = ratio_of_geometric_means([1, 2, 4], [2, 4, 8])
    assert constant.ratio == pytest.approx(2)
    assert constant.p_value is None
    with pytest.raises(ValueError, match="negative"):
        ratio_of_geometric_means([-1], [1])


def test_clusters_keep_the_false_positives_down() -> None:
    random = np.random.default_rng(3)
    clusters = [str(i // 5) for i in range(60)]
    runs = 1000
    naive = clustered = 0
    for _ in range(runs):
        shifts = np.repeat(random.normal(0, 0.3, size=12), 5)
        second = np.exp(shifts + random.normal(0, 0.3, size=60)).tolist()
        plain = ratio_of_geometric_means([1.0] * 60, second).p_value
        robust = ratio_of_geometric_means([1.0] * 60, second, clusters=clusters).p_value
        assert plain is not None
        assert robust is not None
        naive += plain < 0.05
        clustered += robust < 0.05
    assert naive / runs > 0.15
    assert clustered / runs == pytest.approx(0.05, abs=3.5 * np.sqrt(0.05 * 0.95 / runs))
