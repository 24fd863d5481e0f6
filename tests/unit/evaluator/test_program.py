from typing import Any

import pytest
from promptevolver_contracts.programs import (
    ChatMessage,
    Component,
    Parameters,
    Program,
    Stage,
)
from promptevolver_contracts.spending import Spend
from promptevolver_evaluator.faults import InfrastructureFault
from promptevolver_evaluator.program import ProgramRunner, Trace
from promptevolver_llm import Call, LlmError
from support.evaluating import (
    ONE_CALL,
    ScriptedLlm,
    answered,
    example,
    fault,
    one_stage,
    shard_of,
)

SCHEMA: dict[str, Any] = {"type": "object", "required": ["label"]}
TWO_STAGES = Program(
    name="two",
    components={"rule": Component(text="Answer with {{ input.question }}!")},
    stages=(
        Stage(
            name="draft",
            messages=(
                ChatMessage(role="user", content="{{ component.rule }} {{ input.question }}"),
            ),
            parameters=Parameters(temperature=0.5, max_tokens=7),
        ),
        Stage(
            name="final",
            messages=(
                ChatMessage(role="system", content="Check."),
                ChatMessage(role="user", content="{{ stage.draft }}"),
            ),
            model="openai/checker",
        ),
    ),
)
ASKED = example(question="how?")


async def trace_of(llm: ScriptedLlm, program: Program, **fields: Any) -> Trace:
    return await ProgramRunner(llm, shard_of([ASKED], program=program, **fields)).run(ASKED)


async def test_stages_run_in_order_each_on_the_outputs_before() -> None:
    llm = ScriptedLlm(lambda call: f"<{call.messages[-1].content}>")

    trace = await trace_of(llm, TWO_STAGES)

    first, second = llm.calls
    assert first.messages[0].content == "Answer with {{ input.question }}! how?"
    assert second.messages[1].content == f"<{first.messages[0].content}>"
    assert trace.outputs == {
        "draft": f"<{first.messages[0].content}>",
        "final": f"<<{first.messages[0].content}>>",
    }
    assert trace.prompt == (*first.messages, *second.messages)
    assert trace.spend == ONE_CALL + ONE_CALL
    assert (trace.latency_ms, trace.fault, trace.notes) == (40, None, "")


async def test_a_call_carries_the_stage_s_and_the_shard_s_terms() -> None:
    llm = ScriptedLlm(lambda _: "x")

    await trace_of(
        llm,
        TWO_STAGES,
        shard_id="m1-full-0~3",
        repeat=2,
        call_timeout_s=9,
        response_cache=False,
    )

    first, second = llm.calls
    assert (first.model, first.fallbacks) == ("openai/task", ("openai/spare",))
    assert (second.model, second.fallbacks) == ("openai/checker", ())
    assert first.parameters == Parameters(temperature=0.5, max_tokens=7)
    assert (first.repeat, first.timeout_s, first.cache) == (2, 9, False)


async def test_a_later_attempt_at_a_shard_is_the_same_payer() -> None:
    llm = ScriptedLlm(lambda _: "x")

    await trace_of(llm, TWO_STAGES, shard_id="m1-full-0")
    await trace_of(llm, TWO_STAGES, shard_id="m1-full-0~2")

    payers = [call.payer for call in llm.calls]
    assert payers[:2] == payers[2:]
    assert payers[0] != payers[1]
    assert payers[0].endswith("/m1-full-0/e1/draft")


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("sure!", "not JSON"),
        ('{"lable": 1}', "'label' is a required property"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
async def test_an_output_that_misses_its_schema_is_the_candidate_s_fault(
    output: str, said: str
) -> None:
    llm = ScriptedLlm(lambda _: output)

    trace = await trace_of(llm, one_stage(output_schema=SCHEMA))

    assert trace.fault is not None
    assert trace.fault.kind == "unusable_output"
    assert "Stage 'answer'" in trace.notes
    assert said in trace.notes
    assert trace.outputs == {"answer": output}
    assert trace.spend == ONE_CALL
    assert llm.calls[0].output_schema == SCHEMA


async def test_an_output_that_meets_its_schema_is_used() -> None:
    trace = await trace_of(ScriptedLlm(lambda _: '{"label": 1}'), one_stage(output_schema=SCHEMA))

    assert trace.fault is None


async def test_no_later_stage_is_paid_after_a_candidate_s_fault() -> None:
    program = Program(
        name="two",
        stages=(
            one_stage(output_schema=SCHEMA).stages[0],
            Stage(name="last", messages=(ChatMessage(role="user", content="x"),)),
        ),
    )
    llm = ScriptedLlm(lambda _: "no")

    await trace_of(llm, program)

    assert len(llm.calls) == 1


@pytest.mark.parametrize("kind", ["refused", "over_context"])
async def test_a_refusal_and_too_long_a_prompt_are_the_candidate_s_fault(kind: Any) -> None:
    trace = await trace_of(ScriptedLlm(lambda _: fault(kind)), one_stage())

    assert trace.fault == fault(kind)
    assert "Stage 'answer'" in trace.notes
    assert trace.stages == ()


async def test_a_paid_refusal_is_accounted() -> None:
    class Refusing(ScriptedLlm):
        async def answer(self, call: Call) -> Any:
            raise LlmError(fault("refused"), ONE_CALL)

    trace = await trace_of(Refusing(lambda _: ""), one_stage())

    assert trace.spend == ONE_CALL


@pytest.mark.parametrize(
    "kind",
    ["rate_limited", "timeout", "unavailable", "malformed", "bad_credentials", "bad_request"],
)
async def test_the_infrastructure_s_faults_give_no_trace(kind: Any) -> None:
    with pytest.raises(InfrastructureFault) as raised:
        await trace_of(ScriptedLlm(lambda _: fault(kind)), one_stage())

    assert raised.value.fault == fault(kind)


async def test_a_truncated_answer_is_noted() -> None:
    llm = ScriptedLlm(lambda _: answered("yes and", finish_reason="length"))

    trace = await trace_of(llm, one_stage(parameters=Parameters(max_tokens=2)))

    assert "cut off at max_tokens=2" in trace.notes
    assert trace.fault is None


async def test_a_cached_answer_costs_no_money_and_no_waiting_but_keeps_its_measures() -> None:
    trace = await trace_of(ScriptedLlm(lambda _: answered("yes", cached=True)), one_stage())

    assert trace.spend == Spend(cached_calls=1)
    assert trace.full_spend == ONE_CALL
    assert (trace.waited_ms, trace.latency_ms) == (0, 20)


async def test_a_missing_input_is_the_request_s_fault() -> None:
    lacking = example(other="x")
    runner = ProgramRunner(ScriptedLlm(lambda _: "x"), shard_of([lacking]))

    with pytest.raises(InfrastructureFault, match="'e1' has no input 'question'") as raised:
        await runner.run(lacking)

    assert raised.value.permanent


@pytest.mark.parametrize(
    "schema", [{"type": "nothing known"}, {"$ref": "https://example.invalid/schema.json"}]
)
async def test_a_wrong_schema_is_the_request_s_fault(schema: dict[str, Any]) -> None:
    with pytest.raises(InfrastructureFault, match="output_schema of stage 'answer'") as raised:
        await trace_of(ScriptedLlm(lambda _: "{}"), one_stage(output_schema=schema))

    assert raised.value.fault.kind == "bad_request"
