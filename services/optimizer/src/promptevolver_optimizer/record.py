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
    CandidatePinned,
    CandidateProposed,
    CandidateScored,
    CandidateUnpinned,
    CandidateUnvetoed,
    CandidateVetoed,
    Fact,
    Mark,
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
    marks: dict[str, list[Mark]] = field(default_factory=dict)
    """What people decided about candidates, by the place in the search where it took effect."""
    unheeded: dict[str, Control] = field(default_factory=dict)
    """Decisions about candidates that have not taken effect yet, by control id."""
    vetoed: set[CandidateId] = field(default_factory=set)
    furthest: int = -1
    """The last step of which some work is known."""
    examining: bool = False
    """Whether the exam has begun."""
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
        if fact.step is not None and not isinstance(fact, _BETWEEN_STEPS):
            self.furthest = max(self.furthest, fact.step)
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
                self.examining = self.examining or fact.effect.startswith("exam.")
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
            case CandidatePinned() | CandidateUnpinned() | CandidateVetoed() | CandidateUnvetoed():
                self._add_mark(fact)
            case RunPaused():
                self.pauses += 1
                self.paused = True
            case RunResumed():
                self.paused = False

    def _add_mark(self, mark: Mark) -> None:
        place, control = mark.id.removeprefix("mark.").split(":", 1)
        self.marks.setdefault(place, []).append(mark)
        self.unheeded.pop(control, None)
        match mark:
            case CandidateVetoed():
                self.vetoed.add(mark.candidate_id)
            case CandidatePinned() | CandidateUnvetoed():
                self.vetoed.discard(mark.candidate_id)

    def best(self, original: CandidateId) -> CandidateId:
        """Give the original or the accepted candidate that beats it; among equals the earliest.

        Vetoed ones are out of the question.
        """
        accepted = [each for each in self.accepted if each not in self.vetoed]
        return max((original, *accepted), key=lambda each: self.full_means.get(each, 0.0))

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
                if control.id not in self._applied("topup."):
                    self.pending[control.id] = control
            case "pin" | "unpin" | "veto" | "unveto":
                if control.id not in self._applied("mark."):
                    self.unheeded[control.id] = control

    def _applied(self, kind: str) -> set[str]:
        """Give the ids of the controls of a kind that took effect."""
        return {key.split(":", 1)[1] for key in self.facts if key.startswith(kind)}


def step_of(key: str) -> int | None:
    """Give the step that a key or an effect belongs to: `m3.s0` is of step 3."""
    head = key.partition(".")[0]
    return int(head[1:]) if head[0] == "m" and head[1:].isdigit() else None


_MARKS = (CandidatePinned, CandidateUnpinned, CandidateVetoed, CandidateUnvetoed)
_BETWEEN_STEPS = (*_MARKS, BudgetExhausted)
"""Facts that name a step which may not have been launched."""
