import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promptevolver_contracts import subjects
from promptevolver_contracts.datasets import Example
from promptevolver_contracts.faults import Fault
from promptevolver_contracts.metrics import MetricSpec
from promptevolver_contracts.outcomes import OUTPUT_CHARS, Shard, ShardResult
from promptevolver_contracts.programs import ChatMessage, Program, Stage
from promptevolver_contracts.spending import Spend
from promptevolver_contracts.streams import MESSAGE_BYTES
from promptevolver_evaluator.faults import InfrastructureFault
from promptevolver_evaluator.fitting import MARK, cut
from promptevolver_evaluator.metrics import registry
from promptevolver_evaluator.metrics.kinds import Metric, MetricKind, Params, Sample, Score
from promptevolver_evaluator.program import Llm
from promptevolver_evaluator.shards import run_shard
from promptevolver_llm import Call
from support.evaluating import (
    ONE_CALL,
    Reply,
    Script,
    ScriptedLlm,
    answered,
    example,
    examples,
    fault,
    models,
    one_stage,
    shard_of,
)

KINDS = registry()
JUDGED = (MetricSpec(name="good", kind="llm_judge", parameters={"rubric": "be kind"}),)


async def run(shard: Shard, found: Sequence[Example], llm: Llm) -> ShardResult:
    return await run_shard(shard, found, llm=llm, kinds=KINDS, worker="w1")


async def test_outcomes_come_in_the_shard_s_order_whatever_finishes_first() -> None:
    found = examples(5)

    async def later_first(call: Call) -> str:
        number = int(call.messages[-1].content[1:])
        for _ in range(10 * (5 - number)):
            await asyncio.sleep(0)
        return "yes" if number % 2 else "no"

    shard = shard_of(found, example_ids=("e3", "e0", "e4", "e1"))
    result = await run(shard, found, ScriptedLlm(later_first))

    assert [o.example_id for o in result.outcomes] == ["e3", "e0", "e4", "e1"]
    assert [o.score for o in result.outcomes] == [1, 0, 0, 1]
    assert result.candidate_id == shard.program.candidate_id
    assert result.spend == Spend(calls=4, prompt_tokens=40, completion_tokens=20, usd=0.004)
    assert (result.worker, result.fault) == ("w1", None)


async def test_examples_run_all_at_once() -> None:
    arrived = asyncio.Barrier(4)

    async def together(_: Call) -> str:
        async with asyncio.timeout(60):
            await arrived.wait()
        return "yes"

    found = examples(4)
    result = await run(shard_of(found), found, ScriptedLlm(together))

    assert [o.score for o in result.outcomes] == [1, 1, 1, 1]


async def test_a_candidate_s_fault_scores_zero_and_keeps_the_others() -> None:
    found = examples(2, expected='{"a": 1}')

    def second_refused(call: Call) -> Reply:
        return fault("refused") if call.messages[-1].content == "e1" else '{"a": 1}'

    shard = shard_of(found, program=one_stage(output_schema={"type": "object"}))
    first, second = (await run(shard, found, ScriptedLlm(second_refused))).outcomes

    assert (first.outcome_class, first.score) == ("scored", 1)
    assert (second.outcome_class, second.score, second.output) == ("candidate_fault", 0, "")
    assert second.scores == {"right": 0}
    assert second.fault == fault("refused")
    assert "refused" in second.feedback


async def test_an_unusable_output_is_kept_for_whoever_learns_from_it() -> None:
    found = [example()]
    shard = shard_of(found, program=one_stage(output_schema={"type": "object"}))

    (outcome,) = (await run(shard, found, ScriptedLlm(lambda _: "oops"))).outcomes

    assert (outcome.output, outcome.stages, outcome.spend) == ("oops", (), ONE_CALL)


async def test_earlier_stages_are_kept_beside_the_output() -> None:
    program = Program(
        name="two",
        stages=(
            Stage(name="draft", messages=(ChatMessage(role="user", content="a"),)),
            Stage(name="final", messages=(ChatMessage(role="user", content="b"),)),
        ),
    )
    found = [example(expected="B")]

    (outcome,) = (
        await run(
            shard_of(found, program=program),
            found,
            ScriptedLlm(lambda call: call.messages[0].content.upper()),
        )
    ).outcomes

    assert (outcome.output, outcome.score) == ("B", 1)
    assert [(s.stage, s.output) for s in outcome.stages] == [("draft", "A")]


INFRASTRUCTURE = ["rate_limited", "timeout", "unavailable", "malformed", "bad_credentials"]


@given(
    st.lists(
        st.sampled_from([*INFRASTRUCTURE, "refused", "over_context", "fine"]),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=50, deadline=None)
async def test_an_infrastructure_fault_never_becomes_an_outcome(fates: list[Any]) -> None:
    found = examples(len(fates))

    def by_fate(call: Call) -> Reply:
        fate = fates[int(call.messages[-1].content[1:])]
        return "yes" if fate == "fine" else fault(fate)

    llm = ScriptedLlm(by_fate)
    met = [fate for fate in fates if fate in INFRASTRUCTURE]

    if not met:
        classes = [o.outcome_class for o in (await run(shard_of(found), found, llm)).outcomes]
        assert classes == ["scored" if fate == "fine" else "candidate_fault" for fate in fates]
    else:
        with pytest.raises(InfrastructureFault) as raised:
            await run(shard_of(found), found, llm)
        assert raised.value.fault.kind in met
        assert raised.value.permanent == ("bad_credentials" in met)
    assert len(llm.calls) == len(fates)


async def test_the_other_examples_finish_before_a_fault_is_told() -> None:
    found = examples(3)
    finished: list[str] = []

    async def slow(id_: str) -> str:
        for _ in range(20):
            await asyncio.sleep(0)
        finished.append(id_)
        return "yes"

    def script(call: Call) -> Any:
        id_ = call.messages[-1].content
        return fault("rate_limited", retry_after_s=3) if id_ == "e0" else slow(id_)

    with pytest.raises(InfrastructureFault) as raised:
        await run(shard_of(found), found, ScriptedLlm(script))

    assert raised.value.fault.retry_after_s == 3
    assert finished == ["e1", "e2"]


async def test_the_longest_wait_of_several_faults_is_told() -> None:
    found = examples(3)

    def script(call: Call) -> Fault:
        return fault("rate_limited", retry_after_s=int(call.messages[-1].content[1:]))

    with pytest.raises(InfrastructureFault) as raised:
        await run(shard_of(found), found, ScriptedLlm(script))

    assert raised.value.fault.retry_after_s == 2


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"metrics": (MetricSpec(name="m", kind="unheard_of"),)}, "no metric is called"),
        (
            {"metrics": (MetricSpec(name="m", kind="latency", parameters={"target": 1}),)},
            "limit: Field required",
        ),
        ({"metrics": (MetricSpec(name="m", kind="exact_match", weight=0),)}, "add up to 0"),
        ({"metrics": JUDGED}, "models.judge"),
        ({"example_ids": ("e1", "e9")}, "has no example 'e9'"),
    ],
)
async def test_what_cannot_be_done_is_a_bad_request(fields: dict[str, Any], said: str) -> None:
    found = [example()]

    with pytest.raises(InfrastructureFault, match=said) as raised:
        await run(shard_of(found, **fields), found, ScriptedLlm(lambda _: "yes"))

    assert raised.value.fault.kind == "bad_request"


async def test_a_metric_that_breaks_is_no_zero() -> None:
    def breaking(_: Params) -> Metric:
        def metric(judged: Sample) -> Score:
            return Score(len(judged.output) / 0)

        return metric

    found = [example()]
    shard = shard_of(found, metrics=(MetricSpec(name="own", kind="broken"),))
    kinds = {"broken": MetricKind(Params, breaking)}

    with pytest.raises(InfrastructureFault, match="metric 'own' failed: ZeroDivisionError"):
        await run_shard(shard, found, llm=ScriptedLlm(lambda _: "x"), kinds=kinds, worker="w")


def judging(*replies: Reply) -> ScriptedLlm:
    left = list(replies)
    return ScriptedLlm(lambda call: left.pop(0) if call.model == "openai/judge" else "thanks")


async def judged(llm: ScriptedLlm, **fields: Any) -> ShardResult:
    found = [example(expected="thank you")]
    shard = shard_of(found, metrics=JUDGED, models=models("openai/judge"), **fields)
    return await run(shard, found, llm)


async def test_a_judge_scores_by_its_rubric_and_its_reason_is_the_feedback() -> None:
    llm = judging('```json\n{"reason": "Warmer, please.", "score": 4}\n```')

    (outcome,) = (await judged(llm)).outcomes

    assert outcome.score == pytest.approx(0.75)
    assert outcome.feedback == "good: Warmer, please."
    assert (outcome.spend, outcome.worth) == (ONE_CALL + ONE_CALL, None)
    assert outcome.latency_ms == 20
    text = "\n".join(message.content for message in llm.calls[1].messages)
    for part in ("be kind", "thank you", "<output>\nthanks\n</output>", "from 1 to 5"):
        assert part in text
    assert llm.calls[1].output_schema is not None


async def test_an_answer_from_the_cache_is_worth_what_it_cost_whoever_paid() -> None:
    stored = answered('{"reason": "Warmer.", "score": 4}', cached=True)
    thanks = answered("thanks", cached=True)

    def worth(program: Reply, judge: Reply) -> Script:
        return lambda call: judge if call.model == "openai/judge" else program

    cached, judged_anew, judge_cached = [
        (await judged(ScriptedLlm(worth(*replies)))).outcomes[0]
        for replies in ((thanks, stored), (thanks, stored.text), ("thanks", stored))
    ]

    assert cached.spend == Spend(cached_calls=2)
    assert judged_anew.spend == judge_cached.spend == ONE_CALL + Spend(cached_calls=1)
    assert cached.worth == judged_anew.worth == judge_cached.worth == ONE_CALL + ONE_CALL


@pytest.mark.parametrize(
    "unreadable", ["five stars", '{"score": 9, "reason": "x"}', '{"score": 1}']
)
async def test_an_unreadable_judge_is_asked_once_more(unreadable: str) -> None:
    llm = judging(unreadable, '{"score": 5, "reason": "fine"}')

    (outcome,) = (await judged(llm, shard_id="m1-full-0~2")).outcomes

    first, second = llm.calls[1:]
    assert outcome.score == 1
    assert outcome.spend.calls == 3
    assert unreadable in second.messages[-2].content
    assert (first.cache, second.cache) == (True, False)
    assert first.payer.split("/")[1:] == ["m1-full-0", "e1", "good"]
    assert second.payer.split("/")[1:] == ["m1-full-0~2", "e1", "good"]


@pytest.mark.parametrize("reply", ["no", fault("refused"), fault("over_context")])
async def test_a_judge_without_an_opinion_is_never_the_output_s_fault(reply: Reply) -> None:
    with pytest.raises(InfrastructureFault) as raised:
        await judged(judging(reply, reply))

    assert raised.value.fault.kind == "malformed"


async def test_a_judge_that_does_not_answer_leaves_the_example_unscored() -> None:
    with pytest.raises(InfrastructureFault) as raised:
        await judged(judging(fault("timeout")))

    assert raised.value.fault == fault("timeout")


async def test_a_long_output_is_cut_and_marked() -> None:
    found = [example()]

    (outcome,) = (
        await run(shard_of(found), found, ScriptedLlm(lambda _: "x" * (OUTPUT_CHARS + 1)))
    ).outcomes

    assert len(outcome.output) == OUTPUT_CHARS
    assert outcome.output.endswith(MARK)


@given(
    count=st.integers(1, 64),
    stages=st.integers(1, 20),
    letter=st.sampled_from(["x", "é", "漢", "😀", "\x01", '"']),
)
@settings(max_examples=12, deadline=None)
async def test_a_result_always_fits_into_a_message(count: int, stages: int, letter: str) -> None:
    found = examples(count)
    program = Program(
        name="many",
        stages=tuple(
            Stage(
                name=f"stage-{n}",
                messages=(ChatMessage(role="user", content="{{ input.question }}"),),
            )
            for n in range(stages)
        ),
    )
    llm = ScriptedLlm(lambda _: answered(letter * 20_000, finish_reason="length"))

    result = await run(shard_of(found, program=program), found, llm)

    assert len(subjects.RESULTS.encode(result)) < MESSAGE_BYTES
    assert len(result.outcomes) == count
    assert result.spend.calls == count * stages


@given(st.text(max_size=50), st.integers(0, 60))
def test_a_cut_text_is_no_longer_than_allowed(text: str, limit: int) -> None:
    shortened = cut(text, limit)

    assert len(shortened) <= limit
    assert shortened == text or len(text) > limit
