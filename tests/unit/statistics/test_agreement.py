import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promptevolver_statistics import cohen_kappa, fleiss_kappa, krippendorff_alpha
from promptevolver_statistics.agreement import Level, Weights
from statsmodels.stats.inter_rater import aggregate_raters, cohens_kappa
from statsmodels.stats.inter_rater import fleiss_kappa as reference_fleiss

# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", section C: four raters.
GAPS = """
1 2 3 3 2 1 4 1 2 . . .
1 2 3 3 2 2 4 1 2 5 . 3
. 3 3 3 2 3 4 2 2 5 1 .
1 2 3 3 2 4 4 1 2 5 1 .
"""


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.sampled_from([None, "linear", "quadratic"]))
def test_kappa_and_its_interval_agree_with_statsmodels(seed: int, weights: Weights | None) -> None:
    random = np.random.default_rng(seed)
    a = random.integers(4, size=80)
    b = np.where(random.random(80) < 0.6, a, random.integers(4, size=80))
    found = cohen_kappa(a.tolist(), b.tolist(), weights, labels=[0, 1, 2, 3])
    table = np.asarray(found.confusion)
    reference = cohens_kappa(table, wt=weights)
    assert table.sum() == found.n == 80
    assert found.kappa == pytest.approx(reference.kappa)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx(
        (max(-1, reference.kappa_low), min(1, reference.kappa_upp)), abs=1e-9
    )


def test_kappa_of_a_worked_table() -> None:
    # Cohen's classic 2 x 2: 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no.
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    found = cohen_kappa([a for a, _ in pairs], [b for _, b in pairs])
    assert found.labels == ("no", "yes")
    assert found.confusion == ((15, 10), (5, 20))
    assert (found.observed, found.expected) == pytest.approx((0.7, 0.5))
    assert found.kappa == pytest.approx(0.4)


def test_the_interval_covers_the_true_kappa() -> None:
    # Two raters who both say the truth, a fair coin, with a chance of 0.9: kappa is 0.8^2.
    random = np.random.default_rng(5)
    runs = 1000
    covered = 0
    for _ in range(runs):
        truth = random.integers(2, size=200)
        a, b = ((truth ^ (random.random(200) < 0.1)).tolist() for _ in range(2))
        interval = cohen_kappa(a, b).interval
        assert interval is not None
        covered += interval.low <= 0.64 <= interval.high
    assert covered / runs == pytest.approx(0.95, abs=3.5 * np.sqrt(0.05 * 0.95 / runs))


def test_one_label_alone_shows_no_agreement() -> None:
    found = cohen_kappa([True] * 9, [True] * 9)
    assert (found.kappa, found.interval, found.observed) == (None, None, 1)
    assert fleiss_kappa([["a", "a"], ["a", "a"]]) is None
    assert krippendorff_alpha([["a", "a"], ["a", "a"]]) is None


def test_fleiss_agrees_with_statsmodels() -> None:
    ratings = np.random.default_rng(6).integers(4, size=(30, 5))
    table, _ = aggregate_raters(ratings)
    assert fleiss_kappa(ratings.tolist()) == pytest.approx(reference_fleiss(table))


@pytest.mark.parametrize(
    ("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_alpha_of_krippendorffs_own_table(level: Level, alpha: float) -> None:
    rows = [line.split() for line in GAPS.split("\n") if line]
    items = [
        {f"rater {n}": int(value) for n, value in enumerate(column) if value != "."}
        for column in zip(*rows, strict=True)
    ]
    assert krippendorff_alpha(items, level) == pytest.approx(alpha, abs=5e-4)


def test_perfect_and_chance_agreement() -> None:
    random = np.random.default_rng(7)
    ratings = random.integers(3, size=(4000, 1))
    assert krippendorff_alpha(np.repeat(ratings, 2, axis=1).tolist()) == pytest.approx(1)
    by_chance = random.integers(3, size=(4000, 2)).tolist()
    assert krippendorff_alpha(by_chance) == pytest.approx(0, abs=0.05)
    assert fleiss_kappa(by_chance) == pytest.approx(0, abs=0.05)


def test_ratings_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be paired"):
        cohen_kappa(["a"], ["a", "b"])
    with pytest.raises(ValueError, match="outside"):
        cohen_kappa(["a"], ["b"], labels=["a", "c"])
    with pytest.raises(ValueError, match="same number"):
        fleiss_kappa([["a", "b"], ["a"]])
