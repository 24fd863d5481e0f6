"""Two sides on parts of the examples."""

from pydantic import AwareDatetime, Field

from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.comparisons.measures import SCORE, MetricComparison
from promptevolver_contracts.comparisons.methods import Methods
from promptevolver_contracts.comparisons.obstacles import NotComparable
from promptevolver_contracts.comparisons.sides import ComparedRun, Side
from promptevolver_contracts.datasets import Split
from promptevolver_contracts.rpc import Queries, query


class CompareSlices(Message):
    """Ask how two sides differ on parts of the examples."""

    project: str
    baseline: ComparedRun
    candidate: ComparedRun
    by: str = Field(pattern=r"^(cluster|split|metadata\..{1,100})$")
    split: Split | None = Field(None, description="Ignored by `split`")
    metric: str = SCORE
    margin: float | None = Field(None, ge=0, le=1)
    confidence: float = Field(0.95, gt=0.5, lt=1)


class Slice(Part):
    """One part of the examples."""

    value: str | None = Field(description="None gathers the examples without one")
    result: MetricComparison


class SlicesView(Part):
    """The parts of the examples, largest first."""

    id: str
    by: str
    metric: str
    split: Split | None = Field(description="None for all splits")
    baseline: Side
    candidate: Side
    slices: tuple[Slice, ...]
    more: int = Field(0, description="Smaller slices beyond those listed")
    not_comparable: tuple[NotComparable, ...] = ()
    margin: float
    confidence: float
    finished: bool
    notes: tuple[str, ...] = Field(default=(), description="What a reader should bear in mind")
    methods: Methods
    computed_at: AwareDatetime


COMPARE_SLICES = query("rpc.history.compare_slices", CompareSlices, SlicesView)

QUERIES: Queries = (COMPARE_SLICES,)
