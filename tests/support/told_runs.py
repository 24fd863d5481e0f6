"""Runs as their messages tell them, for whoever needs a stream with something in it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from promptevolver_contracts import facts, subjects
from promptevolver_contracts.datasets import DatasetRef
from promptevolver_contracts.faults import Fault
from promptevolver_contracts.ids import CandidateId, DatasetId, EffectId, RunId, ShardId
from promptevolver_contracts.metrics import MetricSpec
from promptevolver_contracts.mutations import Mutation
from promptevolver_contracts.outcomes import Outcome, ShardResult, StageOutput
from promptevolver_contracts.programs import ChatMessage, Component, Program, Stage
from promptevolver_contracts.runs import Models, ModelSpec, RunRequest, StrategySpec
from promptevolver_contracts.spending import Budget, Spend
from promptevolver_contracts.subjects import Subject

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TRACE = "0af7651916cd43dd8448eb211c80319c"
ORIGINAL = CandidateId("c0")
COMPARISON = facts.Comparison(
    n=20,
    mean_original=0.5,
    mean_winner=0.7,
    difference=0.2,
    low=0.1,
    high=0.3,
    method="paired bootstrap",
    verdict="improved",
)


@dataclass(frozen=True, slots=True)
class Told:
    """One message of a stream."""

    subject: str
    body: bytes
    msg_id: str
    headers: dict[str, str] = field(default_factory=dict)


def request(run_id: str, **changes: Any) -> RunRequest:
    """A request for an optimization."""
    program = Program(
        name="triage",
        components={"instruction": Component(text="Sort the ticket.")},
        stages=(
            Stage(
                name="answer",
                messages=(ChatMessage(role="system", content="{{ component.instruction }}"),),
            ),
        ),
    )
    fields: dict[str, Any] = {
        "run_id": RunId(run_id),
        "name": f"run {run_id}",
        "program": program,
        "dataset": DatasetRef(
            id=DatasetId("d" * 64),
            name="tickets",
            sizes={"train": 10, "validation": 10, "test": 10},
        ),
        "metrics": (MetricSpec(name="right", kind="exact_match"),),
        "models": Models(
            task=ModelSpec(model="openai/simulated-task"),
            reflection=ModelSpec(model="openai/simulated-reflection"),
        ),
        "budget": Budget(calls=100, usd=1.5),
        "strategy": StrategySpec(name="gepa"),
        "requested_at": START,
    }
    return RunRequest(**fields | changes)


def say(subject: Subject[Any], message: Any, msg_id: str, **ids: str) -> Told:
    """Spell a message the way its writer does."""
    headers = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
    return Told(subject.of(run=message.run_id, **ids), subject.encode(message), msg_id, headers)


def shard_result(run_id: str, shard: str, candidate: str, **changes: Any) -> ShardResult:
    """A shard's result with two outcomes."""
    fields: dict[str, Any] = {
        "run_id": RunId(run_id),
        "shard_id": ShardId(shard),
        "candidate_id": CandidateId(candidate),
        "split": "validation",
        "outcomes": (outcome("e0"), outcome("e1")),
        "spend": Spend(calls=2, prompt_tokens=20, usd=0.0002),
        "at": START + timedelta(minutes=1),
    }
    return ShardResult(**fields | changes)


def result(run_id: str, shard: str, candidate: str, **changes: Any) -> Told:
    """The message of a shard's result."""
    message = shard_result(run_id, shard, candidate, **changes)
    return say(subjects.RESULTS, message, f"{run_id}:r:{shard}", shard=shard)


def outcome(example: str, **changes: Any) -> Outcome:
    """An outcome that was scored."""
    fields: dict[str, Any] = {
        "example_id": example,
        "outcome_class": "scored",
        "output": f"answer to {example}",
        "score": 0.5,
        "scores": {"right": 0.5},
        "feedback": "Name the category.",
        "spend": Spend(calls=1, prompt_tokens=10, usd=0.0001),
        "latency_ms": 12.5,
        "stages": (StageOutput(stage="first", output="draft"),),
    }
    return Outcome(**fields | changes)


class Teller:
    """Tells one run, message by message, in the order in which its owner would."""

    def __init__(self, run_id: str, **changes: Any) -> None:
        self.run_id = run_id
        self._request = request(run_id, **changes)
        self._facts = 0

    def fact(self, kind: type[facts.FactBase], /, **fields: Any) -> Told:
        """Any fact."""
        self._facts += 1
        message = kind(
            id=f"f{self._facts}.{kind.__name__}",
            run_id=RunId(self.run_id),
            epoch=1,
            at=START + timedelta(seconds=self._facts),
            **fields,
        )
        return say(subjects.LOG, message, f"{self.run_id}:{message.id}")

    def opening(self) -> Iterator[Told]:
        """Request, epoch, start, and the original's full score."""
        yield say(subjects.REQUESTS, self._request, f"{self.run_id}:req")
        epoch = facts.Epoch(run_id=RunId(self.run_id), n=1, owner="optimizer-1", at=START)
        yield say(subjects.EPOCHS, epoch, f"{self.run_id}:epoch:1")
        texts = {"instruction": "Sort the ticket."}
        yield self.fact(facts.RunStarted, original=ORIGINAL, texts=texts, strategy="gepa", seed=0)
        yield from self.scoring(ORIGINAL, "o", 0.5)

    def scoring(self, candidate: str, effect: str, mean: float) -> Iterator[Told]:
        """A full validation of a candidate by one shard."""
        shard = ShardId(f"{effect}-0")
        yield self.fact(
            facts.ShardsDispatched,
            effect=EffectId(effect),
            candidate_id=CandidateId(candidate),
            split="validation",
            shards={shard: ("e0", "e1")},
        )
        yield result(self.run_id, shard, candidate)
        yield self.fact(
            facts.CandidateScored,
            candidate_id=CandidateId(candidate),
            kind="full",
            split="validation",
            examples=10,
            mean=mean,
        )

    def step(self, n: int, mean: float, *, accepted: bool) -> Iterator[Told]:
        """One mutation from its paid call to its decision."""
        child = CandidateId(f"c{n}")
        yield self.fact(
            facts.CallAnswered,
            step=n,
            effect=EffectId(f"m{n}.reflect"),
            operator="reflect",
            model="openai/simulated-reflection",
            text="Better: …",
            spend=Spend(calls=1, prompt_tokens=7, completion_tokens=3, usd=0.001),
        )
        yield self.fact(
            facts.MutationMade,
            step=n,
            mutation=Mutation(
                operator="reflect", parents=(ORIGINAL,), child=child, components=("instruction",)
            ),
        )
        yield self.fact(
            facts.CandidateProposed,
            step=n,
            candidate_id=child,
            texts={"instruction": f"Sort it, version {n}."},
            parents=(ORIGINAL,),
        )
        yield from self.scoring(child, f"m{n}", mean)
        decision = facts.CandidateAccepted if accepted else facts.CandidateRejected
        yield self.fact(decision, step=n, candidate_id=child, evidence=facts.Evidence())

    def paused(self, reason: str) -> Told:
        """A pause for the provider's sake."""
        fault = Fault(kind="unavailable", message=reason)
        return self.fact(facts.RunPaused, cause="provider", reason=reason, fault=fault)

    def completed(self, winner: str) -> Told:
        """A good end."""
        return self.fact(
            facts.RunCompleted,
            winner=CandidateId(winner),
            texts={"instruction": "The winning text."},
            verdict="improved",
            comparison=COMPARISON,
            spend=Spend(calls=9),
            reason="strategy finished",
        )


def whole_run(run_id: str, steps: int = 4, **changes: Any) -> list[Told]:
    """A run from request to end; every second mutation is accepted."""
    teller = Teller(run_id, **changes)
    told = list(teller.opening())
    for n in range(1, steps + 1):
        told += teller.step(n, 0.5 + n / 100, accepted=n % 2 == 0)
        if n == 1:
            told += [teller.paused("the provider is down"), teller.fact(facts.RunResumed)]
    told.append(teller.completed(f"c{steps}"))
    return told
