import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promptevolver_statistics import (
    benjamini_hochberg,
    holm,
    max_t_sign_flip,
    sign_flip_permutation,
)
from statsmodels.stats.multitest import multipletests

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@settings(deadline=None, max_examples=50)
@given(p_values)
def test_holm_and_benjamini_hochberg_agree_with_statsmodels(raw: list[float]) -> None:
    assert holm(raw) == pytest.approx(multipletests(raw, method="holm")[1])
    assert benjamini_hochberg(raw) == pytest.approx(multipletests(raw, method="fdr_bh")[1])


@given(p_values)
def test_adjusting_never_helps_and_keeps_the_order(raw: list[float]) -> None:
    for adjusted in (holm(raw), benjamini_hochberg(raw)):
        assert all(after >= before - 1e-12 for before, after in zip(raw, adjusted, strict=True))
        ranked = [after for _, after in sorted(zip(raw, adjusted, strict=True))]
        assert ranked == sorted(ranked)


def test_no_tests_need_no_adjustment() -> None:
    assert holm([]) == benjamini_hochberg([]) == max_t_sign_flip([], 1) == ()


def test_what_is_no_p_value_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm([0.5, 1.5])


@settings(deadline=None)
@given(st.lists(st.sampled_from([-1.0, -0.25, 0.0, 0.5, 1.0]), min_size=1, max_size=12))
def test_a_single_metric_is_the_plain_sign_flip(differences: list[float]) -> None:
    assert max_t_sign_flip([differences], 1) == pytest.approx(
        [sign_flip_permutation(differences, 1)]
    )


def test_equal_metrics_cost_nothing() -> None:
    sample = np.random.default_rng(2).normal(0.4, 1, size=12).tolist()
    twins = max_t_sign_flip([sample, sample, sample], 1)
    assert twins == pytest.approx([sign_flip_permutation(sample, 1)] * 3)


def test_independent_metrics_cost_less_than_bonferroni_and_order_is_kept() -> None:
    random = np.random.default_rng(7)
    metrics = [random.normal(shift, 1, size=60).tolist() for shift in (0.4, 0.2, 0.0)]
    raw = [sign_flip_permutation(metric, 1) for metric in metrics]
    adjusted = max_t_sign_flip(metrics, 1)
    assert all(a >= p - 0.01 for p, a in zip(raw, adjusted, strict=True))
    assert all(a <= h + 0.02 for h, a in zip(holm(raw), adjusted, strict=True))
    assert sorted(range(3), key=adjusted.__getitem__) == sorted(range(3), key=raw.__getitem__)


def test_clusters_flip_as_a_whole_in_all_metrics() -> None:
    metric, clusters = [0.2] * 20, [str(i // 5) for i in range(20)]
    assert max_t_sign_flip([metric, metric], 1, clusters) == pytest.approx([2 / 2**4] * 2)


def test_a_metric_without_any_difference_shows_nothing() -> None:
    constant, clear = [0.0] * 40, [0.5] * 40
    assert max_t_sign_flip([constant, clear], 1) == pytest.approx([1, 1 / 10_001])


def test_many_metrics_of_few_examples_are_sampled_in_bounded_memory() -> None:
    metrics = np.random.default_rng(5).normal(0.4, 1, size=(200, 16)).tolist()
    tracemalloc.start()
    sampled = max_t_sign_flip(metrics, seed=1)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 150_000_000
    assert min(sampled) >= 1 / 10_001
    few = max_t_sign_flip(metrics[:4], seed=1)
    assert all(p * 2**16 == int(p * 2**16) for p in few)


def test_unequal_metrics_are_refused() -> None:
    with pytest.raises(ValueError, match="same examples"):
        max_t_sign_flip([[0.1, 0.2], [0.1]], 1)


def _family(random: np.random.Generator, shared: float) -> list[list[float]]:
    common = random.normal(size=50)
    return [(shared * common + (1 - shared) * random.normal(size=50)).tolist() for _ in range(5)]


@pytest.mark.parametrize("shared", [0.0, 0.8])
def test_max_t_keeps_its_family_error(shared: float) -> None:
    random = np.random.default_rng(11)
    runs = 400
    wrong = sum(
        min(max_t_sign_flip(_family(random, shared), seed, flips=400)) < 0.05
        for seed in range(runs)
    )
    error = np.sqrt(0.05 * 0.95 / runs)
    assert 0.05 - 3.5 * error < wrong / runs < 0.05 + 3.5 * error


def test_holm_keeps_its_family_error_where_raw_tests_do_not() -> None:
    raw = np.random.default_rng(12).random((4000, 10))
    wrong_raw = float((raw.min(axis=1) < 0.05).mean())
    wrong = float(np.mean([min(holm(row)) < 0.05 for row in raw.tolist()]))
    assert wrong_raw == pytest.approx(1 - 0.95**10, abs=0.03)
    assert wrong < 0.05 + 3.5 * np.sqrt(0.05 * 0.95 / 4000)


def test_benjamini_hochberg_keeps_its_share_of_false_claims() -> None:
    random = np.random.default_rng(13)
    shares = []
    for _ in range(1500):
        raw = np.concatenate([random.random(15), random.random(5) * 0.002])
        claimed = np.asarray(benjamini_hochberg(raw.tolist())) < 0.1
        shares.append(float(claimed[:15].sum()) / max(1.0, float(claimed.sum())))
    assert float(np.mean(shares)) == pytest.approx(0.1 * 15 / 20, abs=0.015)
