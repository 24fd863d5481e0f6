import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptevolver_contracts.outcomes import Outcome
from promptevolver_contracts.spending import Spend
from promptevolver_history.tallies import CandidateTally, MetricTally, added
from support.told_runs import outcome

unit = st.floats(0, 1)
histograms = st.lists(st.integers(0, 1000), max_size=8)


def outcomes() -> st.SearchStrategy[Outcome]:
    spends = st.builds(Spend, calls=st.integers(0, 3), cached_calls=st.integers(0, 2), usd=unit)
    return st.builds(
        lambda score, latency_ms, spend, cls: outcome(
            "e", score=score, latency_ms=latency_ms, spend=spend, outcome_class=cls
        ),
        unit,
        st.floats(0, 1e6),
        spends,
        st.sampled_from(["scored", "candidate_fault"]),
    )


def tally(given_outcomes: list[Outcome]) -> CandidateTally:
    counted = CandidateTally("r", "c", "test")
    for each in given_outcomes:
        counted.add(each)
    return counted


@given(
    st.lists(outcomes(), max_size=12).flatmap(
        lambda all_: st.tuples(st.just(all_), st.permutations(all_))
    )
)
def test_sums_do_not_depend_on_the_order(orders: tuple[list[Outcome], list[Outcome]]) -> None:
    first, second = orders
    assert tally(first) == tally(second)


@given(st.lists(unit, min_size=1, max_size=20))
def test_sums_and_squares_are_exact(scores: list[float]) -> None:
    counted = MetricTally("r", "c", "test", "right")
    for score in scores:
        counted.add(score)

    spelt = [Fraction(repr(score)) for score in scores]
    assert Fraction(counted.total) == sum(spelt)
    assert Fraction(counted.squares) == sum(each * each for each in spelt)
    assert (counted.n, counted.least, counted.most) == (len(scores), min(scores), max(scores))


@given(st.floats(1, 1e9))
def test_a_latency_is_counted_in_the_bucket_that_holds_it(latency_ms: float) -> None:
    counted = tally([outcome("e", latency_ms=latency_ms)])

    bucket = len(counted.latency_buckets) - 1
    assert sum(counted.latency_buckets) == counted.timed_outcomes == 1
    assert 2 ** (bucket / 4) <= latency_ms * (1 + 1e-12)
    assert latency_ms < 2 ** ((bucket + 1) / 4) * (1 + 1e-12)


@pytest.mark.parametrize(
    ("latency_ms", "buckets"), [(0.0, []), (0.2, [1]), (1.0, [1]), (2.0, [0] * 4 + [1])]
)
def test_edges_of_buckets(latency_ms: float, buckets: list[int]) -> None:
    assert tally([outcome("e", latency_ms=latency_ms)]).latency_buckets == buckets


@given(histograms, histograms, histograms)
def test_histograms_add_up_in_any_order(a: list[int], b: list[int], c: list[int]) -> None:
    assert added(a, b) == added(b, a)
    assert added(added(a, b), c) == added(a, added(b, c))
    assert sum(added(a, b)) == sum(a) + sum(b)


def test_what_was_answered_from_the_cache_has_no_latency() -> None:
    counted = tally([outcome("e", latency_ms=0.0, spend=Spend(cached_calls=1))])

    assert (counted.cached_outcomes, counted.timed_outcomes) == (1, 0)
    assert math.isclose(float(counted.latency_ms), 0)
