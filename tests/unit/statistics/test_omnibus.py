import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promptevolver_statistics import omnibus
from scipy import stats
from statsmodels.stats.contingency_tables import cochrans_q

seeds = st.integers(0, 2**32 - 1)


@settings(deadline=None, max_examples=50)
@given(seeds, st.integers(3, 6), st.integers(5, 60))
def test_cochrans_q_agrees_with_statsmodels(seed: int, programs: int, n: int) -> None:
    table = np.random.default_rng(seed).integers(2, size=(n, programs))
    if (table.sum(axis=1) % programs == 0).all():
        return
    found = omnibus(table.T.tolist())
    reference = cochrans_q(table)
    assert found.method == "cochran_q"
    assert found.statistic == pytest.approx(float(reference.statistic))
    assert found.p_value == pytest.approx(float(reference.pvalue))


@settings(deadline=None, max_examples=50)
@given(seeds, st.integers(3, 6), st.integers(5, 60))
def test_friedman_agrees_with_scipy_with_ties(seed: int, programs: int, n: int) -> None:
    table = np.random.default_rng(seed).integers(5, size=(n, programs)) / 4
    if np.isin(table, (0, 1)).all() or (table.std(axis=1) == 0).all():
        return
    found = omnibus(table.T.tolist())
    reference = stats.friedmanchisquare(*table.T)
    assert (found.method, found.freedom) == ("friedman", programs - 1)
    assert found.statistic == pytest.approx(float(reference.statistic))
    assert found.p_value == pytest.approx(float(reference.pvalue))


def test_equal_programs_show_nothing() -> None:
    assert omnibus([[1, 0, 1]] * 3).p_value == 1
    assert omnibus([[0.5, 0.1, 0.7]] * 3).p_value == 1


@pytest.mark.parametrize("clustered", [False, True])
def test_false_alarms_stay_at_the_level(*, clustered: bool) -> None:
    random = np.random.default_rng(9)
    clusters = [str(i // 5) for i in range(100)]
    runs = 1500
    alarms = 0
    for _ in range(runs):
        tastes = np.repeat(random.normal(0, 0.2, size=(3, 20)), 5, axis=1)
        scores = (tastes if clustered else 0) + random.normal(0, 0.3, size=(3, 100))
        alarms += omnibus(scores.tolist(), clusters if clustered else None).p_value < 0.05
    assert alarms / runs == pytest.approx(0.05, abs=3.5 * np.sqrt(0.05 * 0.95 / runs))


def test_two_programs_need_no_omnibus() -> None:
    with pytest.raises(ValueError, match="three programs"):
        omnibus([[0, 1], [1, 0]])
