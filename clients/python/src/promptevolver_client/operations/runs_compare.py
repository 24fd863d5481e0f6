"""Operations on runs compare; made by derive.py from the document."""

from collections.abc import Sequence
from typing import Literal

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call, Lines, Listing


def compare(
    *,
    split: Literal["train", "validation", "test"] | None = None,
    margin: float | None = None,
    confidence: float | None = None,
    gates: Sequence[str] | None = None,
    run1: str | None = None,
    run2: str | None = None,
    run: Sequence[str] | None = None,
    candidate1: str | None = None,
    candidate2: str | None = None,
    candidate: Sequence[str] | None = None,
) -> Answer[models.ComparisonView]:
    """Compare runs.

    Compare up to ten runs with a baseline, paired by example.

    For each metric: means, difference, interval, raw and adjusted p-value, effect size, wins and
    losses, a verdict, and how many examples a clear answer would need; then latency, cost and
    tokens, how the requests differ, and what cannot be compared and why. Computed once and kept;
    a comparison of runs that go on has no tests.
    """
    return Answer(
        Call(
            "GET",
            "/api/v1/runs/compare",
            query={
                "split": split,
                "margin": margin,
                "confidence": confidence,
                "gates": gates,
                "run1": run1,
                "run2": run2,
                "run": run,
                "candidate1": candidate1,
                "candidate2": candidate2,
                "candidate": candidate,
            },
        ),
        models.ComparisonView,
    )


def compare_examples(
    *,
    change: Literal["improved", "regressed", "unchanged", "missing"] | None = None,
    metric: str | None = None,
    split: Literal["train", "validation", "test"] | None = None,
    cursor: str | None = None,
    limit: int | None = None,
    run1: str,
    run2: str,
    candidate1: str | None = None,
    candidate2: str | None = None,
) -> Listing[models.ComparedExampleList, models.ComparedExample]:
    """Compare examples.

    List examples with what both sides made of them, the worst changes first.

    Of `improved` ones the best come first; `missing` ones, without a pair, come last. `inputs` and
    `expected` are of the dataset, and empty for who lacks the scope `data:read`.
    """
    return Listing(
        Call(
            "GET",
            "/api/v1/runs/compare/examples",
            query={
                "change": change,
                "metric": metric,
                "split": split,
                "cursor": cursor,
                "limit": limit,
                "run1": run1,
                "run2": run2,
                "candidate1": candidate1,
                "candidate2": candidate2,
            },
        ),
        models.ComparedExampleList,
        models.ComparedExample,
    )


def stream_compare_examples(
    *,
    change: Literal["improved", "regressed", "unchanged", "missing"] | None = None,
    metric: str | None = None,
    split: Literal["train", "validation", "test"] | None = None,
    run1: str,
    run2: str,
    candidate1: str | None = None,
    candidate2: str | None = None,
) -> Lines[models.ComparedExample]:
    """In one stream, all of them: compare examples.

    List examples with what both sides made of them, the worst changes first.

    Of `improved` ones the best come first; `missing` ones, without a pair, come last. `inputs` and
    `expected` are of the dataset, and empty for who lacks the scope `data:read`.
    """
    return Lines(
        Call(
            "GET",
            "/api/v1/runs/compare/examples",
            query={
                "change": change,
                "metric": metric,
                "split": split,
                "run1": run1,
                "run2": run2,
                "candidate1": candidate1,
                "candidate2": candidate2,
            },
        ),
        models.ComparedExample,
    )


def compare_slices(
    *,
    by: str,
    metric: str | None = None,
    split: Literal["train", "validation", "test"] | None = None,
    margin: float | None = None,
    confidence: float | None = None,
    run1: str,
    run2: str,
    candidate1: str | None = None,
    candidate2: str | None = None,
) -> Answer[models.SlicesView]:
    """Compare slices.

    Compare two runs on each part of the examples, the largest part first.

    All parts are one family of tests: read the adjusted p-value.
    """
    return Answer(
        Call(
            "GET",
            "/api/v1/runs/compare/slices",
            query={
                "by": by,
                "metric": metric,
                "split": split,
                "margin": margin,
                "confidence": confidence,
                "run1": run1,
                "run2": run2,
                "candidate1": candidate1,
                "candidate2": candidate2,
            },
        ),
        models.SlicesView,
    )
