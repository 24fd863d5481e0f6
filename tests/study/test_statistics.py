"""Long simulations: intervals cover and tests err as often as they promise, within chance."""

from collections.abc import Callable

import numpy as np
import pytest
from promptevolver_statistics import (
    compare,
    holm,
    max_t_sign_flip,
    mean_interval,
    needed_n,
    sign_flip_permutation,
)

pytestmark = pytest.mark.study

RUNS = 2000


def chance(rate: float, runs: int = RUNS) -> float:
    """Four standard errors of a rate that was simulated."""
    return 4 * float(np.sqrt(rate * (1 - rate) / runs))


def binary(random: np.random.Generator, n: int) -> np.ndarray:
    return (random.random((2, n)) < 0.7).astype(float)


def graded(random: np.random.Generator, n: int) -> np.ndarray:
    return random.beta(4, 2, size=(2, n))


def skewed(random: np.random.Generator, n: int) -> np.ndarray:
    """Many small gains and few great losses, with a mean difference of 0."""
    before = np.full(n, 0.75)
    return np.stack([before, np.where(random.random(n) < 0.75, 1.0, 0.0)])


@pytest.mark.parametrize("n", [40, 120])
@pytest.mark.parametrize("scores", [binary, graded, skewed])
def test_equals_are_called_different_no_more_often_than_promised(
    n: int, scores: Callable[[np.random.Generator, int], np.ndarray]
) -> None:
    random = np.random.default_rng(n)
    found = [compare(*scores(random, n).tolist(), seed=seed) for seed in range(RUNS)]
    wrong = np.mean([each.p_value < 0.05 for each in found])
    assert wrong <= 0.05 + chance(0.05)
    covered = np.mean([each.interval.low <= 0 <= each.interval.high for each in found])
    assert covered >= 0.94 - chance(0.05)


@pytest.mark.parametrize("clusters", [8, 15, 30, 60])
def test_clustered_intervals_cover_and_clustered_tests_keep_their_level(clusters: int) -> None:
    random = np.random.default_rng(clusters)
    names = [str(i // 5) for i in range(5 * clusters)]
    covered = wrong = 0
    for seed in range(RUNS):
        shared = np.repeat(random.normal(0, np.sqrt(0.3), clusters), 5)
        values = (shared + random.normal(0, np.sqrt(0.7), 5 * clusters)).tolist()
        interval = mean_interval(values, seed=seed, clusters=names)
        covered += interval.low <= 0 <= interval.high
        wrong += sign_flip_permutation(values, seed, names, flips=999) < 0.05
    assert covered / RUNS == pytest.approx(0.95, abs=chance(0.05) + 0.005)
    assert wrong / RUNS <= 0.05 + chance(0.05)


def test_the_needed_number_of_examples_gives_the_power() -> None:
    random = np.random.default_rng(5)
    n = needed_n(0.1, 0.45)
    seen = sum(
        sign_flip_permutation(random.normal(0.1, 0.45, n).tolist(), seed, flips=999) < 0.05
        for seed in range(RUNS)
    )
    assert seen / RUNS == pytest.approx(0.8, abs=chance(0.2))


def test_the_joint_test_sees_more_than_holm_where_metrics_move_together() -> None:
    random = np.random.default_rng(6)
    runs = 500
    joint = single = 0
    for seed in range(runs):
        shared = random.normal(size=100)
        metrics = [(0.8 * shared + 0.6 * random.normal(size=100)) for _ in range(10)]
        metrics[0] = metrics[0] + 0.3
        values = [metric.tolist() for metric in metrics]
        raw = [sign_flip_permutation(value, seed, flips=1999) for value in values]
        joint += max_t_sign_flip(values, seed, flips=1999)[0] < 0.05
        single += holm(raw)[0] < 0.05
    assert joint > single
