"""Runs in small: requests, a toy score that follows from ids alone, and a toy strategy."""

from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from promptevolver_contracts.datasets import Example, dataset_ref
from promptevolver_contracts.facts import Evidence, Mark
from promptevolver_contracts.faults import Fault
from promptevolver_contracts.ids import RunId
from promptevolver_contracts.metrics import MetricSpec
from promptevolver_contracts.outcomes import Outcome, Shard, ShardResult
from promptevolver_contracts.programs import ChatMessage, Program
from promptevolver_contracts.runs import Models, ModelSpec, RunRequest
from promptevolver_contracts.spending import Budget, Spend
from promptevolver_optimizer.search import Draft, Plan, Search, Slot, Trial
from promptevolver_optimizer.strategies import StrategyKind, StrategyParams

from support.scripted_effects import toy_examples, toy_program

RUN = RunId("run-1")
CALL = Spend(calls=1, prompt_tokens=10, completion_tokens=5, usd=0.001)
"""What every toy call costs."""
AMPLE = Budget(calls=100_000, usd=1000)
EXAMPLES: dict[str, tuple[Example, ...]] = {
    "train": toy_examples("train", 6),
    "validation": toy_examples("validation", 6),
    "test": toy_examples("test", 12),
}


def request(**changes: Any) -> RunRequest:
    every = [example for split in EXAMPLES.values() for example in split]
    model = ModelSpec(model="simulated-toy")
    given: dict[str, Any] = {
        "run_id": RUN,
        "program": toy_program(),
        "dataset": dataset_ref("toy", every),
        "metrics": (MetricSpec(name="toy", kind="exact_match"),),
        "models": Models(task=model, reflection=model),
        "budget": AMPLE,
        "seed": 7,
        "shard_size": 2,
        "requested_at": datetime.now(UTC),
    }
    return RunRequest(**(given | changes))


def number_of(*parts: object) -> int:
    return int.from_bytes(blake2b(repr(parts).encode(), digest_size=6).digest(), "big")


def outcome_of(candidate: str, example: str, repeat: int = 0) -> Outcome:
    score = (number_of(candidate) % 61 + number_of(candidate, example) % 40) / 100
    return Outcome(
        example_id=example,
        repeat=repeat,
        outcome_class="scored",
        output="toy",
        score=score,
        scores={"toy": score},
        spend=CALL,
    )


def result_of(shard: Shard) -> ShardResult:
    """Give the toy result of a shard."""
    outcomes = tuple(
        outcome_of(shard.program.candidate_id, each, shard.repeat) for each in shard.example_ids
    )
    return ShardResult(
        run_id=shard.run_id,
        shard_id=shard.shard_id,
        candidate_id=shard.program.candidate_id,
        outcomes=outcomes,
        spend=sum((outcome.spend for outcome in outcomes), Spend()),
        at=datetime.now(UTC),
    )


def from_cache(shard: Shard) -> ShardResult:
    """Give the toy result of a shard whose answers somebody else paid for."""
    paid = result_of(shard)
    free = Spend(cached_calls=1)
    outcomes = tuple(
        outcome.model_copy(update={"spend": free, "worth": outcome.spend})
        for outcome in paid.outcomes
    )
    spend = Spend(cached_calls=len(outcomes))
    return paid.model_copy(update={"outcomes": outcomes, "spend": spend})


def faulty(shard: Shard, kind: Any = "unavailable") -> ShardResult:
    """Give the result of a shard that met an infrastructure fault."""
    return ShardResult(
        run_id=shard.run_id,
        shard_id=shard.shard_id,
        candidate_id=shard.program.candidate_id,
        fault=Fault(kind=kind, message="down"),
        at=datetime.now(UTC),
    )


def rewritten(program: Program, text: str) -> Program:
    return program.with_texts({"instruction": text})


def mark(kind: type[Mark], program: Program) -> Mark:
    """Give what somebody decided about a candidate."""
    at, id_ = datetime.now(UTC), f"mark.x:{number_of(kind, program.candidate_id)}"
    return kind(id=id_, run_id=RUN, epoch=1, at=at, candidate_id=program.candidate_id, by="ann")


class Params(StrategyParams):
    steps: int = 10


PLAN = Plan(task_calls=8, asks=1)


async def climb(slot: Slot) -> Trial:
    """Rewrite a random candidate; full scores for what does better on two training examples."""
    random = slot.random("parent")
    parent = slot.archive.entries[int(random.integers(len(slot.archive.entries)))]
    asked = f"step {slot.number} after {len(slot.memory)}: improve {parent.program.texts}"
    text = await slot.ask("toy", [ChatMessage(role="user", content=asked)])
    child = rewritten(parent.program, text)
    few = [slot.train[int(each)] for each in random.choice(len(slot.train), 2, replace=False)]
    before = parent.sheet.mean
    quick = await slot.score(child, few, "minibatch")
    draft = Draft(child, "toy", (parent.id,), ("instruction",))
    memory = {"step": slot.number, "saw": [entry.id for entry in slot.archive.entries]}
    if quick.mean < before or child.candidate_id in slot.archive:
        return Trial(Evidence(reason="no better"), draft, memory=memory)
    sheet = await slot.score(child, slot.validation, "full")
    return Trial(Evidence(reason="better"), draft, sheet, memory)


async def climbing(search: Search, params: Params) -> None:
    """Climb for a number of steps."""
    await search.evolve(climb, steps=params.steps, plan=PLAN)


CLIMBING = StrategyKind("climbing", Params, climbing, "toy", mutates=True)
