import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promptevolver_statistics import Comparison, compare

MIRROR = {"improved": "regressed", "regressed": "improved"}
graded = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])


def binary_pairs(wins: int, losses: int, ties: int) -> tuple[list[float], list[float]]:
    return (
        [0.0] * wins + [1.0] * losses + [1.0] * ties,
        [1.0] * wins + [0.0] * losses + [1.0] * ties,
    )


def compare_binary(wins: int, losses: int, ties: int) -> Comparison:
    return compare(*binary_pairs(wins, losses, ties), seed=1)


def test_a_binary_gain_is_improved_by_mcnemar_and_bonett_price() -> None:
    result = compare_binary(20, 4, 76)
    assert result.verdict == "improved"
    assert (result.method, result.interval.method) == ("mcnemar_mid_p", "bonett_price")
    assert (result.n, result.wins, result.ties, result.losses) == (100, 20, 76, 4)
    assert (result.mean_original, result.mean_winner) == pytest.approx((0.8, 0.96))
    assert result.difference == pytest.approx(0.16)
    assert result.needed_n is None


def test_the_same_loss_is_regressed() -> None:
    assert compare_binary(4, 20, 76).verdict == "regressed"


def test_a_close_call_is_inconclusive_and_says_what_it_needs() -> None:
    result = compare_binary(12, 8, 80)
    assert result.verdict == "inconclusive"
    assert result.needed_n is not None
    assert 800 < result.needed_n < 1200


def test_no_difference_among_many_is_equivalent_and_among_few_is_not_known() -> None:
    assert compare_binary(1, 1, 998).verdict == "equivalent"
    assert compare_binary(0, 0, 40).verdict == "inconclusive"


def test_graded_ties_prove_no_more_than_binary_ones() -> None:
    few = compare([0.5] * 40, [0.5] * 40, seed=1)
    assert (few.verdict, few.interval.method) == ("inconclusive", "pseudo_pairs_t")
    assert (few.effect_size, few.p_value) == (None, 1.0)
    assert compare([0.5] * 600, [0.5] * 600, seed=1).verdict == "equivalent"


def test_a_constant_gain_is_improved_however_unvaried() -> None:
    result = compare([0.25] * 40, [0.75] * 40, seed=1)
    assert result.verdict == "improved"
    assert result.interval.low < 0.5 < result.interval.high


def test_a_significant_gain_below_the_margin_is_not_improved() -> None:
    original = np.tile([0.2, 0.4, 0.6], 200)
    winner = original + np.tile([0.004, 0.006, 0.008, 0.006], 150)
    result = compare(original.tolist(), winner.tolist(), seed=1)
    assert result.p_value < 0.001
    assert result.interval.low > 0
    assert result.verdict == "equivalent"
    below = compare(original.tolist(), winner.tolist(), seed=1, margin=0.0061)
    assert (below.verdict, below.interval.low > 0) == ("inconclusive", True)
    assert below.needed_n is not None
    assert compare(original.tolist(), winner.tolist(), seed=1, margin=0.005).verdict == "improved"


def test_without_a_margin_no_sample_settles_a_difference_of_nothing() -> None:
    result = compare(*binary_pairs(5, 5, 90), seed=1, margin=0.0)
    assert (result.verdict, result.needed_n) == ("inconclusive", None)


def test_few_examples_are_too_small_whatever_they_show() -> None:
    assert compare_binary(29, 0, 0).verdict == "too_small"
    single = compare([0.25], [0.75], seed=1)
    assert (single.verdict, single.interval.low, single.interval.high) == ("too_small", -1, 1)


@pytest.mark.parametrize(("expected", "verdict"), [(125, "improved"), (126, "not_comparable")])
def test_four_fifths_of_the_pairs_must_be_scored(expected: int, verdict: str) -> None:
    pairs = binary_pairs(20, 4, 76)
    assert compare(*pairs, seed=1, scored_pairs_expected=expected).verdict == verdict


def test_clusters_widen_the_claim() -> None:
    random = np.random.default_rng(3)
    topics = np.repeat(random.normal(0.02, 0.1, size=10), 20)
    original = np.full(200, 0.5)
    winner = np.clip(original + topics + random.normal(0, 0.02, size=200), 0, 1)
    names = [str(i // 20) for i in range(200)]
    alone = compare(original.tolist(), winner.tolist(), seed=1)
    clustered = compare(original.tolist(), winner.tolist(), seed=1, clusters=names)
    assert (clustered.method, clustered.interval.method) == ("clustered_sign_flip", "cluster_t")
    wide, narrow = clustered.interval, alone.interval
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)
    assert clustered.verdict == "inconclusive"


def test_clusters_that_cancel_inside_are_not_certain() -> None:
    original = [0.5] * 40
    winner = [0.75, 0.25] * 20
    result = compare(original, winner, seed=1, clusters=[str(i // 2) for i in range(40)])
    assert (result.verdict, result.interval.method) == ("inconclusive", "pseudo_pairs_t")


def test_an_interval_holds_only_what_differences_of_scores_can_be() -> None:
    few = compare([0.0, 0.5], [1.0, 0.25], seed=1)
    assert (few.interval.low, few.interval.high) == (-1, 1)
    ties = compare([0.5, 0.5], [0.5, 0.5], seed=1)
    assert (ties.interval.low, ties.interval.high) == (-1, 1)


def test_a_gain_of_just_the_margin_reaches_it_whatever_rounding_says() -> None:
    result = compare([0.25] * 40, [0.3] * 40, seed=1, margin=0.05, clusters=None)
    assert result.difference < 0.05
    assert result.interval.low < result.difference
    many = compare([0.25] * 4000, [0.3] * 4000, seed=1, margin=0.05)
    assert many.verdict == "improved"
    assert compare([0.3] * 4000, [0.25] * 4000, seed=1, margin=0.05).verdict == "regressed"


def test_what_is_needed_is_more_than_there_is() -> None:
    """As many examples would show the margin, but the difference is half way to it."""
    differences = np.tile([0.05 + 0.26, 0.05 - 0.26], 50)
    result = compare([0.5] * 100, (0.5 + differences).tolist(), seed=1, margin=0.1)
    assert result.verdict == "inconclusive"
    assert result.interval.low < 0
    assert result.interval.high > 0.1
    assert result.needed_n is not None
    assert 150 < result.needed_n < 300


def test_one_cluster_is_too_small_and_clusters_of_one_are_none() -> None:
    pairs = binary_pairs(20, 4, 76)
    assert compare(*pairs, seed=1, clusters=["a"] * 100).verdict == "too_small"
    singles = compare(*pairs, seed=1, clusters=[str(i) for i in range(100)])
    assert singles == compare(*pairs, seed=1)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(graded, graded, st.sampled_from("abcdefgh")), min_size=30, max_size=60))
def test_swapping_the_sides_mirrors_the_comparison(rows: list[tuple[float, float, str]]) -> None:
    first, second = [row[0] for row in rows], [row[1] for row in rows]
    for clusters in (None, [row[2] for row in rows]):
        there = compare(first, second, seed=7, clusters=clusters)
        back = compare(second, first, seed=7, clusters=clusters)
        assert back.verdict == MIRROR.get(there.verdict, there.verdict)
        assert back.difference == pytest.approx(-there.difference)
        assert back.p_value == there.p_value
        assert (back.wins, back.ties, back.losses) == (there.losses, there.ties, there.wins)
        assert (back.interval.low, back.interval.high) == pytest.approx(
            (-there.interval.high, -there.interval.low), abs=1e-9
        )
        assert there == compare(first, second, seed=7, clusters=clusters)


def test_improved_is_rarely_claimed_of_equals() -> None:
    """Two-sided 5 %, so one false gain in forty; 300 trials each stay below 5 % surely enough."""
    random = np.random.default_rng(11)
    binary = graded_claims = 0
    for trial in range(300):
        first, second = random.binomial(1, 0.7, size=(2, 60)).astype(float)
        result = compare(first.tolist(), second.tolist(), seed=trial)
        binary += result.verdict == "improved"
        first, second = random.beta(2, 1, size=40), random.beta(2, 1, size=40)
        result = compare(first.tolist(), second.tolist(), seed=trial)
        graded_claims += result.verdict == "improved"
    assert binary <= 15
    assert graded_claims <= 15


@pytest.mark.parametrize(
    ("original", "winner", "clusters", "message"),
    [
        ([], [], None, "nothing"),
        ([0.5], [0.5, 0.5], None, "paired"),
        ([0.5], [0.5], ["a", "b"], "cluster names"),
        ([0.5], [1.5], None, "between 0 and 1"),
        ([float("nan")], [0.5], None, "between 0 and 1"),
    ],
)
def test_what_is_no_pair_of_scores_is_refused(
    original: list[float], winner: list[float], clusters: list[str] | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        compare(original, winner, seed=1, clusters=clusters)
