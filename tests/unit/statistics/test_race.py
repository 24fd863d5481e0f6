import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptevolver_statistics import RaceRule, decide

differences = st.lists(
    st.sampled_from([-1.0, -0.5, 0.0, 0.0, 0.5, 1.0]) | st.floats(-1, 1), max_size=40
)
EVEN = RaceRule(maximum=40, minimum=4, alpha_accept=0.1, alpha_reject=0.1)


def test_straight_wins_stop_early() -> None:
    decision = decide([1.0] * 40, RaceRule(40))
    assert (decision.outcome, decision.reason) == ("accept", "clearly better")
    assert decision.n <= 8
    assert decision.wins == decision.n
    assert decision.e_better >= 20
    assert decision.p_value is None


def test_straight_losses_stop_sooner_since_little_is_lost() -> None:
    decision = decide([-1.0] * 40, RaceRule(40))
    assert (decision.outcome, decision.reason) == ("reject", "clearly worse")
    assert decision.n == 5
    assert decision.e_worse >= 5


def test_a_close_call_buys_more_examples() -> None:
    decision = decide([1.0, -1.0, 1.0, 0.0, 0.0, 1.0], RaceRule(40))
    assert (decision.outcome, decision.reason, decision.n) == ("more", "undecided", 6)
    assert (decision.wins, decision.ties, decision.losses) == (3, 2, 1)
    assert decision.mean_difference == pytest.approx(1 / 3)


def test_nothing_seen_is_undecided() -> None:
    decision = decide([], RaceRule(40))
    assert (decision.outcome, decision.n, decision.e_better, decision.e_worse) == ("more", 0, 1, 1)


def test_nothing_but_ties_is_no_difference() -> None:
    assert decide([0.0] * 4, RaceRule(40)).outcome == "more"
    decision = decide([0.0] * 5, RaceRule(40))
    assert (decision.outcome, decision.reason) == ("reject", "no difference")
    assert decide([0.0] * 4 + [0.25], RaceRule(40)).outcome == "more"


def test_what_cannot_be_won_any_more_is_not_run() -> None:
    decision = decide([0.0, -1.0, -1.0, 0.0, -1.0], RaceRule(8, alpha_reject=0.01))
    assert (decision.outcome, decision.reason) == ("reject", "out of reach")
    assert decide([0.0, -1.0, -1.0, 0.0, -1.0], RaceRule(9, alpha_reject=0.01)).outcome == "more"


@pytest.mark.parametrize(
    ("sample", "outcome", "p_value"),
    [
        ([1.0, 1.0, 1.0, 0.0, 0.0, 0.0], "accept", 1 / 8),
        ([1.0, 1.0, 0.0, 0.0, 0.0, 0.0], "reject", 1 / 4),
        ([1.0, -1.0, 1.0, -1.0, 0.0, 0.0], "reject", 11 / 16),
    ],
)
def test_the_end_decides_by_the_sign_flip_test(
    sample: list[float], outcome: str, p_value: float
) -> None:
    decision = decide(sample, RaceRule(6, final_level=0.2))
    assert (decision.outcome, decision.n) == (outcome, 6)
    assert decision.p_value == pytest.approx(p_value)
    assert decision.reason.endswith("at the end")


def test_what_comes_after_the_maximum_does_not_count() -> None:
    sample = [1.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    assert decide([*sample, 1.0, 1.0], RaceRule(6)) == decide(sample, RaceRule(6))


@given(differences, st.integers(0, 40))
def test_a_decision_stands_whatever_comes_later(sample: list[float], cut: int) -> None:
    early = decide(sample[:cut], EVEN)
    if early.outcome != "more":
        assert decide(sample, EVEN) == early


@given(differences)
def test_no_sample_shows_both_sides_better(sample: list[float]) -> None:
    there, back = decide(sample, EVEN), decide([-value for value in sample], EVEN)
    assert not (there.e_better > 1 and there.e_worse > 1)
    assert not (there.outcome == back.outcome == "accept")


@given(differences)
def test_the_mirror_of_a_clear_loss_is_a_clear_win(sample: list[float]) -> None:
    there, back = decide(sample, EVEN), decide([-value for value in sample], EVEN)
    if there.reason == "clearly worse":
        assert (back.reason, back.n) == ("clearly better", there.n)
    if there.reason == "clearly better":
        assert back.outcome == "reject"
    if there.n == back.n:
        assert (back.e_better, back.e_worse) == pytest.approx((there.e_worse, there.e_better))
        assert (back.wins, back.losses) == (there.losses, there.wins)


@given(st.permutations([1.0, 1.0, -1.0, 0.5, 0.0, -0.25]))
def test_the_evidence_does_not_depend_on_the_order(sample: list[float]) -> None:
    rule = RaceRule(40, minimum=6)
    ordered = decide([1.0, 1.0, -1.0, 0.5, 0.0, -0.25], rule)
    decision = decide(sample, rule)
    assert decision.e_better == pytest.approx(ordered.e_better)
    assert decision.e_worse == pytest.approx(ordered.e_worse)


@pytest.mark.parametrize("chances", [(0.2, 0.2), (0.5, 0.5), (0.05, 0.05)])
def test_equals_are_seldom_clearly_better_though_looked_at_after_every_example(
    chances: tuple[float, float],
) -> None:
    """The bound is 5 %; 400 races stay below 8 % unless it is broken (z = 2.8)."""
    win, lose = chances
    random = np.random.default_rng(17)
    rule = RaceRule(150, alpha_accept=0.05, alpha_reject=0.01)
    draws = random.choice([1.0, 0.0, -1.0], p=[win, 1 - win - lose, lose], size=(400, 150))
    reasons = [decide(row.tolist(), rule).reason for row in draws]
    assert reasons.count("clearly better") <= 32
    assert reasons.count("clearly worse") <= 12


def test_a_better_child_is_found_with_fewer_examples_than_the_maximum() -> None:
    draws = np.random.default_rng(2).choice([1.0, 0.0, -1.0], p=[0.35, 0.6, 0.05], size=(200, 100))
    decisions = [decide(row.tolist(), RaceRule(100)) for row in draws]
    assert sum(decision.outcome == "accept" for decision in decisions) >= 160
    assert np.median([decision.n for decision in decisions]) <= 40


@pytest.mark.parametrize("value", [1.01, -1.01, float("nan"), float("inf")])
def test_what_is_no_difference_of_scores_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="between -1 and 1"):
        decide([0.0, value], RaceRule(10))


def test_impossible_rules_are_refused() -> None:
    with pytest.raises(ValueError, match="no race"):
        RaceRule(maximum=3, minimum=4)
    with pytest.raises(ValueError, match="no race"):
        RaceRule(maximum=3, minimum=0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        RaceRule(maximum=10, alpha_accept=0)
