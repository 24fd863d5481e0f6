"""How far a metric agrees with people."""

from pydantic import Field

from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.ids import CandidateId, RunId
from promptevolver_contracts.rpc import Queries, query


class MeasureAgreement(Message):
    """Compare a metric's scores with people's ratings of the same outputs."""

    project: str
    metric: str
    run_ids: tuple[RunId, ...] = Field(default=(), max_length=50, description="None: all runs")
    threshold: float = Field(0.5, ge=0, le=1, description="From it on an output passes")


class RatedOutput(Part):
    """An output on which metric and people disagree."""

    run_id: RunId
    candidate_id: CandidateId
    example_id: str
    score: float
    rating: float


class AgreementView(Part):
    """How far a metric agrees with people, beyond chance."""

    metric: str
    n: int = Field(description="Ratings of scored outputs; the latest of each person")
    people: int
    threshold: float
    labels: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...] = Field(
        description="Rows: what people said, columns: what the metric said"
    )
    observed: float | None = Field(None, description="Share of equal labels")
    kappa: float | None = Field(None, description="Cohen's; null when all labels are equal")
    low: float | None = None
    high: float | None = None
    weighted_kappa: float | None = Field(
        None, description="Over five equal bins with quadratic weights"
    )
    people_alpha: float | None = Field(
        None, description="Krippendorff's alpha among people, where several rated one output"
    )
    mean_score: float | None = None
    mean_rating: float | None = None
    confidence: float = 0.95
    method: str
    disagreements: tuple[RatedOutput, ...] = Field(
        default=(), description="The twenty that lie furthest apart"
    )


MEASURE_AGREEMENT = query("rpc.history.measure_agreement", MeasureAgreement, AgreementView)

QUERIES: Queries = (MEASURE_AGREEMENT,)
