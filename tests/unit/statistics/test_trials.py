from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptevolver_statistics import flakiness, pass_at_k, pass_hat_k, variance_split


@given(st.lists(st.booleans(), min_size=1, max_size=8), st.data())
def test_pass_at_k_counts_the_ways_to_draw(answers: list[bool], data: st.DataObject) -> None:
    k = data.draw(st.integers(1, len(answers)))
    drawn = list(combinations(answers, k))
    n, passed = len(answers), sum(answers)
    assert pass_at_k(n, passed, k) == pytest.approx(np.mean([any(each) for each in drawn]))
    assert pass_hat_k(n, passed, k) == pytest.approx(np.mean([all(each) for each in drawn]))


def test_both_are_unbiased() -> None:
    passed = np.random.default_rng(1).binomial(8, 0.4, size=4000)
    at = float(np.mean([pass_at_k(8, int(c), 3) for c in passed]))
    every = float(np.mean([pass_hat_k(8, int(c), 3) for c in passed]))
    assert at == pytest.approx(1 - 0.6**3, abs=0.015)
    assert every == pytest.approx(0.4**3, abs=0.01)


def test_flakiness_is_the_share_of_examples_that_differ() -> None:
    assert flakiness([[1, 1, 1], [1, 0], [0.3, 0.1 + 0.2], [1]]) == pytest.approx(1 / 3)
    with pytest.raises(ValueError, match="repeated"):
        flakiness([[1], [0]])


def test_variance_is_split_as_it_was_made() -> None:
    random = np.random.default_rng(2)
    scores = random.normal(0, 0.3, size=(3000, 1)) + random.normal(0, 0.6, size=(3000, 4))
    split = variance_split(scores.tolist())
    assert split.between == pytest.approx(0.09, rel=0.1)
    assert split.within == pytest.approx(0.36, rel=0.05)
    assert split.share_within == pytest.approx(0.09 / 0.18, abs=0.03)


def test_the_shares_are_those_of_the_overall_mean() -> None:
    random = np.random.default_rng(3)
    scores = random.normal(0, 0.3, size=(200, 1)) + random.normal(0, 0.6, size=(200, 5))
    split = variance_split(scores.tolist())
    of_means = float(scores.mean(axis=1).var(ddof=1))
    assert split.between + split.within / 5 == pytest.approx(of_means)


def test_advice_follows_the_larger_share() -> None:
    steady = [[0.9, 0.9], [0.1, 0.1], [0.5, 0.5]]
    wavering = [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
    assert variance_split(steady).advice == "add_examples"
    assert (variance_split(wavering).advice, variance_split(wavering).between) == ("add_repeats", 0)


def test_unequal_numbers_of_repeats_are_weighed() -> None:
    random = np.random.default_rng(4)
    scores = [
        (random.normal(0, 0.5) + random.normal(0, 0.5, size=1 + i % 4)).tolist()
        for i in range(4000)
    ]
    split = variance_split(scores)
    assert (split.between, split.within) == pytest.approx((0.25, 0.25), rel=0.1)


def test_what_says_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="split"):
        variance_split([[1.0], [0.0]])
    with pytest.raises(ValueError, match="say nothing"):
        pass_at_k(3, 1, 4)
    with pytest.raises(ValueError, match="say nothing"):
        pass_hat_k(3, 4, 1)
