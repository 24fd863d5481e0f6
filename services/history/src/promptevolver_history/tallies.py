"""Sums over outcomes, exact whatever the order of adding.

The fields of both rows are the columns of their tables.
"""

import math
from dataclasses import dataclass, field
from decimal import Context, Decimal

from promptevolver_contracts.outcomes import Outcome

UNKNOWN_SPLIT = "unknown"
"""Of results by evaluators that did not tell their shard's split yet."""

EXACT = Context(prec=1000)
"""Room for sums of any floats, and of their squares up to 1, without rounding."""
_PER_OCTAVE = 4


@dataclass(slots=True)
class MetricTally:
    """A candidate's scores by one metric on one split."""

    run_id: str
    candidate_id: str
    split: str
    metric: str
    n: int = 0
    total: Decimal = Decimal(0)
    squares: Decimal = Decimal(0)
    least: float = math.inf
    most: float = -math.inf

    def add(self, score: float) -> None:
        """Count a score."""
        exact = Decimal(repr(score))
        self.n += 1
        self.total = EXACT.add(self.total, exact)
        self.squares = EXACT.add(self.squares, EXACT.multiply(exact, exact))
        self.least, self.most = min(self.least, score), max(self.most, score)


@dataclass(slots=True)
class CandidateTally:
    """A candidate's outcomes on one split."""

    run_id: str
    candidate_id: str
    split: str
    outcomes: int = 0
    faults: int = 0
    cached_outcomes: int = 0
    score_total: Decimal = Decimal(0)
    score_squares: Decimal = Decimal(0)
    score_least: float = math.inf
    score_most: float = -math.inf
    timed_outcomes: int = 0
    latency_ms: Decimal = Decimal(0)
    latency_buckets: list[int] = field(default_factory=list)
    calls: int = 0
    cached_calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    usd: Decimal = Decimal(0)
    unpriced_calls: int = 0

    def add(self, outcome: Outcome) -> None:
        """Count an outcome."""
        score, spend = Decimal(repr(outcome.score)), outcome.spend
        self.outcomes += 1
        self.faults += outcome.outcome_class == "candidate_fault"
        self.cached_outcomes += spend.calls == 0 and spend.cached_calls > 0
        self.score_total = EXACT.add(self.score_total, score)
        self.score_squares = EXACT.add(self.score_squares, EXACT.multiply(score, score))
        self.score_least = min(self.score_least, outcome.score)
        self.score_most = max(self.score_most, outcome.score)
        self.calls += spend.calls
        self.cached_calls += spend.cached_calls
        self.prompt_tokens += spend.prompt_tokens
        self.completion_tokens += spend.completion_tokens
        self.usd = EXACT.add(self.usd, Decimal(repr(spend.usd)))
        self.unpriced_calls += spend.unpriced_calls
        if outcome.latency_ms > 0:
            self._time(outcome.latency_ms)

    def _time(self, latency_ms: float) -> None:
        self.timed_outcomes += 1
        self.latency_ms = EXACT.add(self.latency_ms, Decimal(repr(latency_ms)))
        bucket = max(0, math.floor(_PER_OCTAVE * math.log2(latency_ms)))
        self.latency_buckets = added(self.latency_buckets, [0] * bucket + [1])


def added(one: list[int], other: list[int]) -> list[int]:
    """Add two histograms bucket by bucket; the shorter one has nothing further on."""
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    return [n + m for n, m in zip(longer, shorter, strict=False)] + longer[len(shorter) :]
