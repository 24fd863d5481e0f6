"""What a batch of events changes in the read model."""

from dataclasses import dataclass, field

from promptevolver_contracts.outcomes import Outcome

from promptevolver_history.rows import (
    CandidateRow,
    ConfigRow,
    MutationRow,
    OutcomeRow,
    PayloadRow,
    RunRow,
)
from promptevolver_history.tallies import CandidateTally, MetricTally


@dataclass(slots=True)
class Changes:
    """What a batch of events changes in the read model."""

    runs: dict[str, RunRow] = field(default_factory=dict)
    candidates: dict[tuple[str, str], CandidateRow] = field(default_factory=dict)
    mutations: list[MutationRow] = field(default_factory=list)
    outcomes: list[OutcomeRow] = field(default_factory=list)
    payloads: list[PayloadRow] = field(default_factory=list)
    configs: list[ConfigRow] = field(default_factory=list)
    candidate_tallies: dict[tuple[str, str, str], CandidateTally] = field(default_factory=dict)
    metric_tallies: dict[tuple[str, str, str, str], MetricTally] = field(default_factory=dict)

    def run(self, run_id: str) -> RunRow:
        """Give the run's row."""
        return self.runs.setdefault(run_id, RunRow(run_id))

    def candidate(self, run_id: str, candidate_id: str) -> CandidateRow:
        """Give the candidate's row."""
        key = (run_id, candidate_id)
        return self.candidates.setdefault(key, CandidateRow(run_id, candidate_id))

    def tally(self, run_id: str, candidate_id: str, split: str, outcome: Outcome) -> None:
        """Count an outcome in all sums."""
        key = (run_id, candidate_id, split)
        self.candidate_tallies.setdefault(key, CandidateTally(*key)).add(outcome)
        for metric, score in outcome.scores.items():
            named = (*key, metric)
            self.metric_tallies.setdefault(named, MetricTally(*named)).add(score)
