import json
from typing import Any

import pytest
from promptevolver_contracts.bench import BenchSample, TriedMetric, TryMetric
from promptevolver_contracts.metrics import MetricSpec
from promptevolver_contracts.runs import ModelSpec
from promptevolver_evaluator.bench import Bench
from promptevolver_evaluator.metrics import registry
from promptevolver_llm import Call, LlmError
from promptevolver_runtime.rpc import QueryFailed
from support.evaluating import ScriptedLlm, fault

JUDGE = ModelSpec(model="openai/simulated-judge")
RUBRIC = {"rubric": "Is it polite?"}


def samples(*outputs: str) -> tuple[BenchSample, ...]:
    return tuple(
        BenchSample(id=str(n), inputs={"q": "?"}, expected="yes", output=output)
        for n, output in enumerate(outputs)
    )


async def tried(
    llm: ScriptedLlm,
    kind: str,
    *outputs: str,
    judge: ModelSpec | None = None,
    parameters: dict[str, Any] | None = None,
) -> TriedMetric:
    question = TryMetric(
        project="p",
        metric=MetricSpec(name=kind, kind=kind, parameters=parameters or {}),
        judge=judge,
        samples=samples(*outputs),
    )
    return await Bench(llm, registry()).try_metric(question)


def unasked(_call: Call) -> str:
    raise AssertionError("nobody asks a model")


async def test_samples_are_scored_as_in_a_run() -> None:
    found = await tried(ScriptedLlm(unasked), "exact_match", "yes", "no")

    assert [each.score for each in found.results] == [1, 0]
    assert [each.id for each in found.results] == ["0", "1"]
    assert found.mean == 0.5
    assert found.results[1].feedback
    assert found.spend.calls == 0
    assert not found.simulated


async def test_a_judge_is_asked_and_paid_for() -> None:
    llm = ScriptedLlm(lambda _: json.dumps({"score": 4, "reason": "Say please."}))

    found = await tried(llm, "llm_judge", "do it", judge=JUDGE, parameters=RUBRIC)

    assert found.results[0].score == 0.75
    assert "Say please." in found.results[0].feedback
    assert found.spend.calls == 1
    assert found.simulated


async def test_what_cannot_be_scored_says_why_and_is_no_zero() -> None:
    def down(_call: Call) -> str:
        raise LlmError(fault("unavailable"))

    found = await tried(ScriptedLlm(down), "llm_judge", "do it", judge=JUDGE, parameters=RUBRIC)
    unjudged = await tried(ScriptedLlm(unasked), "llm_judge", "do it", parameters=RUBRIC)

    assert found.results[0].score is None
    assert found.results[0].error
    assert found.mean is None
    assert "judge" in (unjudged.results[0].error or "")


@pytest.mark.parametrize(
    ("kind", "parameters", "word"),
    [("unheard_of", {}, "unheard_of"), ("llm_judge", {"rubric": ""}, "rubric")],
)
async def test_a_wrong_metric_is_refused(kind: str, parameters: dict[str, Any], word: str) -> None:
    with pytest.raises(QueryFailed, match=word):
        await tried(ScriptedLlm(unasked), kind, "x", parameters=parameters)
