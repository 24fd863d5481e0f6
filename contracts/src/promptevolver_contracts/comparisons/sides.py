"""What is compared: a candidate of a run."""

from typing import Literal

from pydantic import Field

from promptevolver_contracts.base import Part
from promptevolver_contracts.ids import CandidateId, DatasetId, RunId
from promptevolver_contracts.runs import RunKind, RunState


class ComparedRun(Part):
    """One side of a comparison."""

    run_id: RunId
    candidate_id: CandidateId | None = Field(
        None, description="Which candidate; without it the winner, else the best so far"
    )


class Repeats(Part):
    """How a side's repeats of the same example agree, on the weighted score."""

    repeats: int = Field(description="Most answers of one example")
    pass_threshold: float = Field(1.0, description="An answer passes from this score on")
    pass_at: dict[int, float] = Field(
        default_factory=dict, description="pass@k: at least one of k answers passes"
    )
    pass_all: dict[int, float] = Field(
        default_factory=dict, description="pass^k: all of k answers pass"
    )
    flaky: float | None = Field(None, description="Share of examples whose repeats differ")
    between: float | None = Field(None, description="Variance between examples")
    within: float | None = Field(None, description="Variance between repeats of an example")
    advice: Literal["add_examples", "add_repeats"] | None = Field(
        None, description="What would narrow the interval more"
    )


class Side(Part):
    """A run's candidate as it was compared."""

    run_id: RunId
    name: str
    kind: RunKind
    state: RunState
    strategy: str
    program: str
    model: str = Field(description="The task model")
    simulated: bool
    candidate_id: CandidateId | None
    dataset_id: DatasetId
    dataset: str
    examples: int = Field(description="Scored at least once, on the split")
    outcomes: int
    candidate_faults: int = Field(description="Outcomes that count 0 by the candidate's own fault")
    missing: int = Field(description="Examples of the split without any outcome")
    repeats: Repeats | None = Field(None, description="When an example was answered repeatedly")
