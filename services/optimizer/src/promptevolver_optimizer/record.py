"""A run's record: everything its stream says, folded. Pure.

Resuming a run is running its strategy again with this record at hand.
"""

from dataclasses import dataclass, field

from promptevolver_contracts.controls import Control
from promptevolver_contracts.facts import (
    TERMINAL_FACTS,
    BudgetExhausted,
    BudgetToppedUp,
    CallAnswered,
    CandidateAccepted,
    CandidateProposed,
    CandidateScored,
    Fact,
    RunPaused,
    RunResumed,
    RunStarted,
    ShardsDispatched,
)
from promptevolver_contracts.ids import CandidateId, EffectId, ShardId
from promptevolver_contracts.outcomes import ShardResult
from promptevolver_contracts.spending import Spend


@dataclass(slots=True)
class Record:
    """What is known of a run."""

    facts: set[str] = field(default_factory=set)
    """Ids of the facts in the log."""
    answers: dict[EffectId, CallAnswered] = field(default_factory=dict)
    dispatched: list[ShardsDispatched] = field(default_factory=list)
    results: dict[ShardId, ShardResult] = field(default_factory=dict)
    top_ups: dict[str, BudgetToppedUp] = field(default_factory=dict)
    """Applied top-ups by the place in the search where they were applied."""
    pending: dict[str, Control] = field(default_factory=dict)
    """Top-ups asked for and not yet applied, by control id."""
    started: RunStarted | None = None
    cancel: Control | None = None
    user_paused: Control | None = None
    resumes: int = 0
    resumes_before: dict[str, int] = field(default_factory=dict)
    """How many resumes had been asked for when a cap was found to leave no room, by that fact."""
    full_means: dict[CandidateId, float] = field(default_factory=dict)
    texts: dict[CandidateId, dict[str, str]] = field(default_factory=dict)
    accepted: list[CandidateId] = field(default_factory=list)
    pauses: int = 0
    paused: bool = False
    """Whether the log says that the run stands still."""
    ended: bool = False
    spend: Spend = field(default_factory=Spend)

    def add_fact(self, fact: Fact) -> None:
        """Take note of a fact; one that is known changes nothing."""
        if fact.id in self.facts:
            return
        self.facts.add(fact.id)
        match fact:
            case CandidateProposed():
                self.texts[fact.candidate_id] = fact.texts
            case CandidateScored(kind="full"):
                self.full_means[fact.candidate_id] = fact.mean
            case CandidateAccepted():
                self.accepted.append(fact.candidate_id)
            case CallAnswered():
                self.answers[fact.effect] = fact
                self.spend += fact.spend
            case ShardsDispatched():
                self.dispatched.append(fact)
            case _:
                self._add_event(fact)
        self.ended = self.ended or isinstance(fact, TERMINAL_FACTS)

    def _add_event(self, fact: Fact) -> None:
        match fact:
            case RunStarted():
                self.started = fact
            case BudgetExhausted():
                self.resumes_before[fact.id] = self.resumes
            case BudgetToppedUp():
                place, control = fact.id.removeprefix("topup.").split(":", 1)
                self.top_ups[place] = fact
                self.pending.pop(control, None)
            case RunPaused():
                self.pauses += 1
                self.paused = True
            case RunResumed():
                self.paused = False

    def best(self, original: CandidateId) -> CandidateId:
        """Give the original or the accepted candidate that beats it; among equals the earliest."""
        return max((original, *self.accepted), key=lambda each: self.full_means.get(each, 0.0))

    def add_result(self, result: ShardResult) -> bool:
        """Take note of a shard's result; False when it is known already."""
        if result.shard_id in self.results:
            return False
        self.results[result.shard_id] = result
        self.spend += result.spend
        return True

    def add_control(self, control: Control) -> None:
        """Take note of what a person asked for."""
        match control.op:
            case "cancel":
                self.cancel = self.cancel or control
            case "pause":
                self.user_paused = control
            case "resume":
                self.user_paused = None
                self.resumes += 1
            case "top_up":
                applied = {key.split(":", 1)[1] for key in self.facts if key.startswith("topup.")}
                if control.id not in applied:
                    self.pending[control.id] = control
