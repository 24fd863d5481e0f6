import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptevolver_contracts.metrics import MetricSpec
from promptevolver_evaluator.metrics.kinds import Score
from promptevolver_evaluator.scoring import combine

RIGHT = MetricSpec(name="right", kind="exact_match", weight=3)
SHORT = MetricSpec(name="short", kind="prompt_length", weight=1)


def test_the_score_is_the_weighted_mean() -> None:
    composite = combine((RIGHT, SHORT), {"right": Score(1), "short": Score(0.2, "too long")})

    assert composite.score == pytest.approx(0.8)
    assert composite.scores == {"right": 1, "short": 0.2}
    assert composite.feedback == "short: too long"


def test_a_violated_minimum_makes_the_score_zero_and_is_said() -> None:
    valid = MetricSpec(name="valid", kind="json_valid", weight=0, minimum=0.5)

    composite = combine((RIGHT, valid), {"right": Score(1), "valid": Score(0.4, "no JSON")})

    assert composite.score == 0
    assert composite.scores["right"] == 1
    assert "valid is 0.4 and must be at least 0.5" in composite.feedback
    assert "valid: no JSON" in composite.feedback


def test_a_minimum_that_is_met_changes_nothing() -> None:
    valid = MetricSpec(name="valid", kind="json_valid", weight=0, minimum=1)

    assert combine((RIGHT, valid), {"right": Score(0.5, "half"), "valid": Score(1)}).score == 0.5


def test_a_metric_that_only_reports_gives_a_mutation_nothing_to_chase() -> None:
    reported = MetricSpec(name="words", kind="token_f1", weight=0)

    composite = combine((RIGHT, reported), {"right": Score(1), "words": Score(0, "all missing")})

    assert (composite.score, composite.scores["words"], composite.feedback) == (1, 0, "")


def test_a_note_leads_the_feedback() -> None:
    composite = combine((RIGHT,), {"right": Score(0, "wrong")}, "cut off")

    assert composite.feedback == "cut off\nright: wrong"


def test_weights_of_zero_alone_are_no_score() -> None:
    with pytest.raises(ValueError, match="weights"):
        combine((MetricSpec(name="words", kind="token_f1", weight=0),), {"words": Score(1)})


@given(
    st.lists(
        st.tuples(
            st.floats(0, 1), st.floats(0, 1e6), st.none() | st.floats(0, 1, exclude_min=True)
        ),
        min_size=1,
        max_size=8,
    )
)
def test_the_score_stays_in_bounds_and_losses_are_explained(
    parts: list[tuple[float, float, float | None]],
) -> None:
    specs = [
        MetricSpec(name=f"m{n}", kind="any", weight=weight + (n == 0), minimum=minimum)
        for n, (_, weight, minimum) in enumerate(parts)
    ]
    values = [value for value, *_ in parts]
    scores = {f"m{n}": Score(v, "" if v == 1 else "wrong") for n, v in enumerate(values)}

    composite = combine(specs, scores)

    assert 0 <= composite.score <= 1
    lost = any(s.weight and scores[s.name].value < 1 for s in specs)
    assert composite.feedback or not lost
    if any(s.minimum is not None and scores[s.name].value < s.minimum for s in specs):
        assert composite.score == 0
