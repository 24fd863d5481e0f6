"""Shards, examples and a scripted model, for tests of the evaluator."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from promptevolver_contracts.datasets import DatasetRef, Example
from promptevolver_contracts.faults import Fault, FaultKind
from promptevolver_contracts.ids import DatasetId, RunId, ShardId
from promptevolver_contracts.metrics import MetricSpec
from promptevolver_contracts.outcomes import Shard
from promptevolver_contracts.programs import ChatMessage, Program, Stage
from promptevolver_contracts.runs import Models, ModelSpec
from promptevolver_contracts.spending import Spend
from promptevolver_evaluator.metrics.kinds import Sample
from promptevolver_llm import Answer, Call, LlmError

type Reply = str | Fault | Answer
type Script = Callable[[Call], Reply | Awaitable[Reply]]

ONE_CALL = Spend(calls=1, prompt_tokens=10, completion_tokens=5, usd=0.001)


def answered(
    text: str,
    *,
    finish_reason: str = "stop",
    latency_ms: float = 20,
    cached: bool = False,
    spend: Spend = ONE_CALL,
) -> Answer:
    return Answer(
        text=text,
        model="openai/scripted",
        finish_reason=finish_reason,
        spend=Spend(cached_calls=1) if cached else spend,
        latency_ms=latency_ms,
        cached=cached,
        attempts=1,
        simulated=False,
        full_spend=spend,
    )


class ScriptedLlm:
    """Answers by a function of the call, and remembers the calls."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.calls: list[Call] = []

    async def answer(self, call: Call) -> Answer:
        self.calls.append(call)
        reply = self._script(call)
        if not isinstance(reply, str | Fault | Answer):
            reply = await reply
        if isinstance(reply, Fault):
            raise LlmError(reply)
        return reply if isinstance(reply, Answer) else answered(reply)


class Gate:
    """A model that answers only once it is let."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.open = asyncio.Event()

    async def __call__(self, call: Call) -> str:
        await self.open.wait()
        return self.text


def fault(kind: FaultKind, *, retry_after_s: float | None = None) -> Fault:
    return Fault(kind=kind, message=f"scripted {kind}", retry_after_s=retry_after_s)


def example(id_: str = "e1", expected: Any = "yes", **inputs: Any) -> Example:
    return Example(id=id_, inputs=inputs or {"question": id_}, expected=expected, split="train")


def examples(count: int, expected: Any = "yes") -> list[Example]:
    return [example(f"e{n}", expected) for n in range(count)]


def one_stage(**stage: Any) -> Program:
    message = ChatMessage(role="user", content="{{ input.question }}")
    return Program(name="test", stages=(Stage(name="answer", messages=(message,), **stage),))


def shard_of(found: Sequence[Example], **fields: Any) -> Shard:
    """A shard of these examples, scored by exact_match unless told otherwise."""
    given: dict[str, Any] = {
        "run_id": RunId("0b1f5ad0-8f2c-5a4e-9a87-000000000001"),
        "shard_id": ShardId("m1-full-0"),
        "project": "default",
        "program": one_stage(),
        "dataset": dataset_of(found),
        "split": "train",
        "example_ids": tuple(each.id for each in found),
        "metrics": (MetricSpec(name="right", kind="exact_match"),),
        "models": models(),
    }
    return Shard(**(given | fields))


def dataset_of(found: Sequence[Example]) -> DatasetRef:
    id_ = hashlib.sha256(" ".join(each.id for each in found).encode()).hexdigest()
    return DatasetRef(id=DatasetId(id_), name="data", sizes={"train": len(found)})


def models(judge: str | None = None, *, spare: bool = True) -> Models:
    return Models(
        task=ModelSpec(model="openai/task", fallbacks=("openai/spare",) if spare else ()),
        reflection=ModelSpec(model="openai/reflection"),
        judge=ModelSpec(model=judge) if judge else None,
    )


async def no_judge(
    messages: tuple[ChatMessage, ...], schema: dict[str, Any], *, again: bool = False
) -> Answer:
    raise AssertionError("nobody should ask the judge")


def sample(output: str, expected: Any = "yes", **fields: Any) -> Sample:
    given: dict[str, Any] = {
        "example": example(expected=expected),
        "output": output,
        "stages": {"answer": output},
        "prompt": (ChatMessage(role="user", content="x" * 100),),
        "latency_ms": 20.0,
        "spend": ONE_CALL,
        "judge": no_judge,
    }
    return Sample(**(given | fields))
