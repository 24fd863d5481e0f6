import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promptevolver_statistics import (
    minimum_detectable_effect,
    needed_n,
    needed_sample_size,
    power_of,
)
from scipy import stats
from statsmodels.stats.power import TTestPower


@settings(deadline=None)
@given(st.floats(0.01, 1.5), st.integers(2, 3000), st.sampled_from([0.9, 0.95, 0.99]))
def test_power_agrees_with_statsmodels(effect: float, n: int, confidence: float) -> None:
    reference = float(TTestPower().power(effect, n, 1 - confidence))
    if np.isnan(reference):  # statsmodels has no number for large effects; the upper side has all
        critical = stats.t.ppf((1 + confidence) / 2, n - 1)
        reference = float(stats.nct.sf(critical, n - 1, effect * np.sqrt(n)))
    assert power_of(effect, 1.0, n, confidence) == pytest.approx(reference, abs=1e-6)


@pytest.mark.parametrize("effect", [0.05, 0.2, 0.5, 1.0, 2.0])
def test_the_needed_number_is_the_smallest_that_reaches_the_power(effect: float) -> None:
    n = needed_n(effect, 1.0)
    solved = TTestPower().solve_power(effect, power=0.8, alpha=0.05)
    assert n == int(np.ceil(float(solved) - 1e-6))
    assert power_of(effect, 1.0, n) >= 0.8 > power_of(effect, 1.0, n - 1)
    assert abs(n - needed_sample_size(1.0, effect)) <= 1


@pytest.mark.parametrize("n", [5, 30, 200, 5000])
def test_the_detectable_effect_has_the_power(n: int) -> None:
    effect = minimum_detectable_effect(0.45, n)
    assert power_of(effect, 0.45, n) == pytest.approx(0.8, abs=1e-6)
    solved = TTestPower().solve_power(nobs=n, power=0.8, alpha=0.05)
    assert effect == pytest.approx(0.45 * float(solved), rel=1e-4)


def test_power_of_no_effect_is_the_level_and_of_a_huge_one_is_certain() -> None:
    assert power_of(0.0, 1.0, 30) == pytest.approx(0.05)
    assert power_of(50.0, 1.0, 1000) == 1.0
    assert power_of(-0.3, 1.0, 50) == power_of(0.3, 1.0, 50)


def test_power_is_what_simulation_shows() -> None:
    random = np.random.default_rng(5)
    samples = random.normal(0.3, 1.0, size=(4000, 40))
    t = samples.mean(axis=1) / (samples.std(axis=1, ddof=1) / np.sqrt(40))
    seen = float((np.abs(t) > 2.0227).mean())
    assert power_of(0.3, 1.0, 40) == pytest.approx(seen, abs=3.5 * np.sqrt(0.25 / 4000))


def test_what_cannot_be_planned_is_refused() -> None:
    with pytest.raises(ValueError, match="no power"):
        power_of(0.1, 0.0, 10)
    with pytest.raises(ValueError, match="no power"):
        power_of(0.1, 1.0, 1)
    with pytest.raises(ValueError, match="more than"):
        needed_n(1e-6, 1.0)
    with pytest.raises(ValueError, match="power must"):
        minimum_detectable_effect(1.0, 10, power=1.0)
