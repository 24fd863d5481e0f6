"""What stands in the way of a comparison."""

from typing import Literal

from pydantic import Field

from promptevolver_contracts.base import Part

Obstacle = Literal[
    "unfinished",
    "no_outcomes",
    "low_overlap",
    "simulated_and_real",
    "edited_examples",
    "other_dataset_version",
    "other_metric",
    "other_judge",
    "absent_metric",
    "other_repeats",
]


class NotComparable(Part):
    """What cannot be compared, or only with care, and why."""

    what: Obstacle
    detail: str
    metric: str | None = Field(None, description="The one concerned; None for all")
    blocks: bool = Field(description="Whether no verdict is given because of it")
