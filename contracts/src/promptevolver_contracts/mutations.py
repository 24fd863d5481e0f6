"""Mutations: acts of an operator that make a child from parents."""

from pydantic import Field

from promptevolver_contracts.base import Part
from promptevolver_contracts.ids import CandidateId


class Mutation(Part):
    """One mutation with what led to it."""

    operator: str = Field(description="reflect, critique_refine, gradient, merge, …")
    parents: tuple[CandidateId, ...] = Field(min_length=1)
    child: CandidateId
    components: tuple[str, ...] = Field(description="Names of the components that changed")
    rationale: str = Field("", max_length=8000, description="The operator's reasons in words")
    example_ids: tuple[str, ...] = Field(default=(), description="Examples that it looked at")
    feedback_ids: tuple[str, ...] = Field(
        default=(), description="Notes of people that the operator was shown"
    )
