import pytest
from promptevolver_contracts.datasets import Example
from promptevolver_contracts.facts import Comparison
from promptevolver_contracts.outcomes import Outcome
from promptevolver_optimizer.archive import Sheet
from promptevolver_optimizer.exam import clusters_of, grade
from support.scripted_effects import toy_examples, toy_program

COUNT = 60
TEST = toy_examples("test", COUNT)


def sheet(scores: list[float]) -> Sheet:
    outcomes = (
        Outcome(example_id=example.id, outcome_class="scored", output="", score=score)
        for example, score in zip(TEST, scores, strict=False)
    )
    return Sheet(toy_program(), tuple(outcomes))


def graded(
    before: list[float],
    after: list[float],
    examples: tuple[Example, ...] = TEST,
    expected: int = COUNT,
) -> Comparison:
    return grade(
        sheet(before),
        sheet(after),
        expected=expected,
        clusters=clusters_of(examples),
        margin=0.01,
        seed=1,
    )


def test_a_clear_gain_is_an_improvement_and_a_clear_loss_a_regression() -> None:
    low, high = [0.0] * 50 + [1.0] * 10, [0.0] * 10 + [1.0] * 50
    better, worse = graded(low, high), graded(high, low)
    assert better.verdict == "improved"
    assert better.low is not None
    assert better.low > 0
    assert (better.wins, better.ties, better.losses) == (40, 20, 0)
    assert better.difference == pytest.approx(40 / 60)
    assert worse.verdict == "regressed"


def test_equal_scores_are_no_improvement() -> None:
    same = [0.0, 1.0] * 30
    assert graded(same, same).verdict in {"equivalent", "inconclusive"}


def test_pairs_are_matched_by_example_not_by_position() -> None:
    scores = [n / COUNT for n in range(COUNT)]
    turned = Sheet(toy_program(), tuple(reversed(sheet(scores).outcomes)))
    result = grade(
        sheet(scores), turned, expected=COUNT, clusters=clusters_of(TEST), margin=0.01, seed=1
    )
    assert (result.wins, result.losses, result.ties) == (0, 0, COUNT)


def test_clusters_widen_the_interval_though_an_example_has_none() -> None:
    before = [0.0] * COUNT
    after = [float(n // 10 % 2) for n in range(COUNT)]
    clustered = tuple(
        example.model_copy(update={"cluster": f"c{at // 10}"}) for at, example in enumerate(TEST)
    )
    partly = (*clustered[:-1], TEST[-1])
    alone, together = graded(before, after), graded(before, after, clustered)
    assert together.method != alone.method
    assert graded(before, after, partly).method == together.method
    assert alone.low is not None
    assert together.low is None or together.low < alone.low


def test_few_scored_pairs_of_many_are_not_comparable() -> None:
    assert graded([0.0] * 10, [1.0] * 10, expected=COUNT).verdict == "not_comparable"


def test_no_pair_is_no_exam() -> None:
    with pytest.raises(ValueError):  # noqa: PT011  whatever it says, there is nothing to compare
        graded([], [])
