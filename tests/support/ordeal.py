"""One run under chaos: what it is, what an undisturbed one gave, and how the two are compared."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from promptevolver_contracts.spending import Spend
from promptevolver_local.services import Provider

from support import checkers
from support.checkers import Cell, Stored
from support.stack import (
    Eyes,
    Projection,
    looking_at,
    requests_answered,
    running_stack,
    triage_body,
)

SLOTS = 8
"""Of one evaluator, both lanes."""
SHARD_SIZE = 4
WIDTH = 4
CALLS_OF_EVALUATOR = SLOTS * SHARD_SIZE
"""Most calls that one evaluator has in flight."""
STACK: dict[str, Any] = {
    "provider": Provider(latency_ms=40),
    "service_environment": {
        "evaluator": {"PROMPTEVOLVER_SLOTS": str(SLOTS)},
        "optimizer": {"PROMPTEVOLVER_MAX_RUNS": "1"},
    },
}


def body() -> dict[str, Any]:
    return triage_body(calls=600, seed=3, shard_size=SHARD_SIZE, width=WIDTH)


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """What the run gives when nothing happens to it."""

    view: dict[str, Any]
    decisions: dict[str, dict[str, Any]]
    answers: dict[Cell, tuple[str, float]]
    spend: Spend
    requests: Counter[str]


async def undisturbed(var: Path) -> Undisturbed:
    """Run it on a stack of its own."""
    async with (
        running_stack(var, evaluators=2, **STACK) as stack,
        looking_at(stack) as eyes,
    ):
        run = await eyes.submit(body(), "undisturbed")
        view = await eyes.ended(run, within=120)
        assert view["state"] == "completed", view
        messages = await eyes.messages(run)
        agree(await eyes.projection(run, len(messages)), messages)
        return Undisturbed(
            view=view,
            decisions=checkers.decisions(messages),
            answers=checkers.answers(messages),
            spend=checkers.spend(messages),
            requests=requests_answered(stack),
        )


async def survived(eyes: Eyes, run: str, model: Undisturbed, *, within: float) -> list[Stored]:
    """Wait for a disturbed run's end and hold all that it left against the undisturbed one."""
    view = await eyes.ended(run, within)
    messages = await eyes.messages(run)
    assert checkers.stale_writes(messages) == []
    assert checkers.doubled_results(messages) == []
    assert checkers.doubled_facts(messages) == []
    assert checkers.doubled_outcomes(messages) == []
    decisions = checkers.decisions(messages)
    assert decisions.keys() == model.decisions.keys()
    for fact_id, decision in decisions.items():
        assert decision == model.decisions[fact_id]
    assert checkers.answers(messages) == model.answers
    assert checkers.spend(messages) == model.spend
    assert {key: view[key] for key in ("state", "winner", "verdict")} == {
        key: model.view[key] for key in ("state", "winner", "verdict")
    }
    agree(await eyes.projection(run, len(messages)), messages)
    return messages


def agree(projection: Projection, messages: Sequence[Stored]) -> None:
    """Check that Postgres has every outcome once, and counts and sums those of the stream."""
    projected = sorted(event["stream_seq"] for event in projection.events)
    assert projected == sorted(message.sequence for message in messages)
    assert sorted(
        (row["candidate_id"], row["example_id"], row["repeat"], row["output"], row["score"])
        for row in projection.outcomes
    ) == sorted((*cell, *answer) for cell, answer in checkers.answers(messages).items())
    spend, run = checkers.spend(messages), projection.run
    for name in ("calls", "cached_calls", "prompt_tokens", "completion_tokens", "unpriced_calls"):
        assert run[name] == getattr(spend, name), name
    assert float(run["usd"]) == pytest.approx(spend.usd, abs=1e-9)
    assert run["outcomes"] == len(projection.outcomes)
    dispatched = [f for f in checkers.facts(messages) if f.type == "shards.dispatched"]
    assert run["shards_dispatched"] == sum(len(fact.shards) for fact in dispatched)
    assert run["shards_done"] == len(checkers.results(messages))


def repeated(answered: Counter[str], model: Undisturbed, *, runs: int = 1) -> int:
    """Count the requests beyond those that so many undisturbed runs make. None may be missing."""
    expected = Counter({digest: runs * times for digest, times in model.requests.items()})
    assert not expected - answered, "the provider was asked less than an undisturbed run asks"
    return (answered - expected).total()
