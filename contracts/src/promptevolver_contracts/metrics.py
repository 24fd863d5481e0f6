"""Metric specifications: what is measured, how it weighs, and what must hold."""

from typing import Any

from pydantic import Field

from promptevolver_contracts.base import Part
from promptevolver_contracts.ids import Name


class MetricSpec(Part):
    """One metric of a run. The kinds come from the evaluator's registry."""

    name: Name = Field(description="Name of the score in outcomes")
    kind: Name = Field(description="Which metric: exact_match, json_fields, llm_judge, …")
    parameters: dict[str, Any] = Field(default_factory=dict, description="The metric's own")
    weight: float = Field(1.0, ge=0, description="Share in the overall score; 0 only reports")
    minimum: float | None = Field(
        None, ge=0, le=1, description="A constraint: below it the overall score is 0"
    )
