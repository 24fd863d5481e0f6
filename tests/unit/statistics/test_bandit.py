from itertools import pairwise
from math import inf, log, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptevolver_statistics import halving_schedule, ucb_scores


def test_ucb_adds_what_is_not_known() -> None:
    scores = ucb_scores([0.5, 0.5, 0.9], [4, 16, 0], c=2)
    assert scores[:2] == pytest.approx((0.5 + 2 * sqrt(log(20) / 4), 0.5 + 2 * sqrt(log(20) / 16)))
    assert scores[2] == inf


def test_ucb_needs_a_count_for_every_mean() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ucb_scores([0.5, 0.5], [1])


def test_halving_gives_the_survivors_more() -> None:
    rounds = halving_schedule(8, 240)
    assert [(r.candidates, r.examples) for r in rounds] == [(8, 10), (4, 20), (2, 40)]


@given(st.integers(1, 200), st.integers(0, 5000), st.integers(2, 5))
def test_halving_never_exceeds_its_budget(candidates: int, budget: int, ratio: int) -> None:
    try:
        rounds = halving_schedule(candidates, budget, ratio)
    except ValueError:
        assert budget < candidates * 8
        return
    assert sum(r.candidates * r.examples for r in rounds) <= budget
    assert all(r.examples >= 1 for r in rounds)
    sizes = [r.candidates for r in rounds] + [1]
    assert all(-(-before // ratio) == after for before, after in pairwise(sizes))


def test_halving_of_none_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot keep"):
        halving_schedule(0, 10)
