import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptevolver_contracts.faults import Fault
from promptevolver_contracts.programs import ChatMessage, Parameters
from promptevolver_contracts.spending import Spend
from promptevolver_llm.answers import Answers, Entry, key_of
from promptevolver_llm.calls import Call, LlmError
from promptevolver_llm.retries import RetryPolicy
from support.fake_bucket import BucketAwayError, FakeBucket

CALL = Call(messages=(ChatMessage(role="user", content="hi"),), model="openai/m", payer="run/1")
QUICK = RetryPolicy(attempts=3, base_s=0.001)


class Provider:
    """Pays once per asking, when it is let."""

    def __init__(self, call: Call, fault: Fault | None = None) -> None:
        self.asked = 0
        self.go = asyncio.Event()
        self.go.set()
        self._call = call
        self._fault = fault

    async def pay(self) -> Entry:
        self.asked += 1
        await self.go.wait()
        if self._fault is not None:
            raise LlmError(self._fault)
        return Entry(payer=self._call.payer, text="t", spend=Spend(calls=1), latency_ms=1)


messages = st.lists(
    st.builds(ChatMessage, role=st.sampled_from(["system", "user"]), content=st.text(max_size=5)),
    min_size=1,
    max_size=3,
).map(tuple)
calls = st.builds(
    Call,
    messages=messages,
    model=st.sampled_from(["openai/a", "openai/b"]),
    parameters=st.builds(
        Parameters,
        temperature=st.none() | st.sampled_from([0.0, 1.0]),
        max_tokens=st.integers(1, 3),
        stop=st.lists(st.sampled_from("ab"), max_size=2).map(tuple),
    ),
    output_schema=st.none() | st.dictionaries(st.sampled_from("ab"), st.integers(0, 1)),
    repeat=st.integers(0, 2),
    payer=st.sampled_from(["", "p", "q"]),
    cache=st.booleans(),
)


def identity(call: Call) -> tuple[object, ...]:
    schema = None if call.output_schema is None else sorted(call.output_schema.items())
    owner = None if call.cache else call.payer
    return (call.messages, call.model, call.parameters, schema, call.repeat, owner)


@given(first=calls, second=calls)
def test_calls_share_a_key_if_and_only_if_they_ask_the_same(first: Call, second: Call) -> None:
    if key_of(first) is not None and key_of(second) is not None:
        assert (key_of(first) == key_of(second)) == (identity(first) == identity(second))


def test_the_order_of_keys_in_a_schema_and_who_answers_when_do_not_matter() -> None:
    one = replace(CALL, output_schema={"a": 1, "b": {"c": 2, "d": 3}})
    two = replace(
        CALL, output_schema={"b": {"d": 3, "c": 2}, "a": 1}, timeout_s=1, fallbacks=("x",)
    )
    assert key_of(one) == key_of(two)


def test_an_unshared_call_of_nobody_is_not_kept() -> None:
    assert key_of(replace(CALL, payer="", cache=False)) is None


async def test_the_same_payer_pays_again_on_paper_only() -> None:
    bucket, provider = FakeBucket(), Provider(CALL)
    first = await Answers(bucket, QUICK).settle(CALL, provider.pay)
    again = await Answers(bucket, QUICK).settle(CALL, provider.pay)
    assert provider.asked == 1
    assert (first.fresh, again.fresh) == (True, False)
    assert (first.paid, again.paid) == (True, True)
    assert first.entry == again.entry


async def test_another_payer_gets_it_for_nothing() -> None:
    bucket, provider = FakeBucket(), Provider(CALL)
    await Answers(bucket, QUICK).settle(CALL, provider.pay)
    other = await Answers(bucket, QUICK).settle(replace(CALL, payer="run/2"), provider.pay)
    assert provider.asked == 1
    assert not other.paid


async def test_calls_without_a_payer_share_but_never_own_what_is_kept() -> None:
    call = replace(CALL, payer="")
    answers, provider = Answers(FakeBucket(), QUICK), Provider(call)
    assert (await answers.settle(call, provider.pay)).paid
    assert not (await answers.settle(call, provider.pay)).paid


async def test_unshared_answers_serve_their_own_payer_again_and_nobody_else() -> None:
    mine = replace(CALL, cache=False)
    answers, provider = Answers(FakeBucket(), QUICK), Provider(mine)
    await answers.settle(mine, provider.pay)
    assert (await answers.settle(mine, provider.pay)).paid
    assert provider.asked == 1
    await answers.settle(replace(mine, payer="run/2"), provider.pay)
    assert provider.asked == 2


async def test_equal_calls_at_the_same_time_are_paid_once() -> None:
    answers, provider = Answers(FakeBucket(), QUICK), Provider(CALL)
    provider.go.clear()
    tasks = [
        asyncio.create_task(answers.settle(replace(CALL, payer=f"run/{n}"), provider.pay))
        for n in range(1, 6)
    ]
    await asyncio.sleep(0)
    provider.go.set()
    settled = await asyncio.gather(*tasks)
    assert provider.asked == 1
    assert [s.paid for s in settled] == [True, False, False, False, False]


async def test_followers_share_a_fault_and_nothing_is_kept_of_it() -> None:
    fault = Fault(kind="unavailable", message="")
    bucket, provider = FakeBucket(), Provider(CALL, fault)
    answers = Answers(bucket, QUICK)
    provider.go.clear()
    tasks = [asyncio.create_task(answers.settle(CALL, provider.pay)) for _ in range(3)]
    await asyncio.sleep(0)
    provider.go.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [r.fault for r in results if isinstance(r, LlmError)] == [fault] * 3
    assert provider.asked == 1
    assert bucket.entries == {}


async def test_when_the_first_is_cancelled_the_next_takes_its_place() -> None:
    answers, provider = Answers(FakeBucket(), QUICK), Provider(CALL)
    provider.go.clear()
    first = asyncio.create_task(answers.settle(CALL, provider.pay))
    await asyncio.sleep(0)
    followers = [asyncio.create_task(answers.settle(CALL, provider.pay)) for _ in range(2)]
    await asyncio.sleep(0)
    first.cancel()
    provider.go.set()
    settled = await asyncio.gather(*followers)
    assert provider.asked == 2
    assert [s.entry.text for s in settled] == ["t", "t"]


async def test_a_cancelled_follower_disturbs_nobody() -> None:
    answers, provider = Answers(FakeBucket(), QUICK), Provider(CALL)
    provider.go.clear()
    first = asyncio.create_task(answers.settle(CALL, provider.pay))
    await asyncio.sleep(0)
    follower = asyncio.create_task(answers.settle(CALL, provider.pay))
    await asyncio.sleep(0)
    follower.cancel()
    await asyncio.sleep(0)
    provider.go.set()
    assert (await first).entry.text == "t"


async def test_a_bucket_that_is_away_for_a_moment_is_asked_again() -> None:
    bucket, provider = FakeBucket(), Provider(CALL)
    bucket.failing_gets = bucket.failing_puts = 2
    await Answers(bucket, QUICK).settle(CALL, provider.pay)
    assert provider.asked == 1
    assert len(bucket.entries) == 1


async def test_a_bucket_that_stays_away_stops_the_call_before_it_is_paid() -> None:
    bucket, provider = FakeBucket(), Provider(CALL)
    bucket.failing_gets = 99
    with pytest.raises(BucketAwayError):
        await Answers(bucket, QUICK).settle(CALL, provider.pay)
    assert provider.asked == 0


async def test_an_answer_that_cannot_be_kept_is_not_given() -> None:
    bucket, provider = FakeBucket(), Provider(CALL)
    bucket.failing_puts = 99
    with pytest.raises(BucketAwayError):
        await Answers(bucket, QUICK).settle(CALL, provider.pay)


async def test_an_unreadable_entry_is_paid_anew_and_replaced() -> None:
    bucket, provider = FakeBucket(), Provider(CALL)
    key = key_of(CALL)
    assert key is not None
    bucket.entries[key] = b"{"
    await Answers(bucket, QUICK).settle(CALL, provider.pay)
    assert Entry.model_validate_json(bucket.entries[key]).text == "t"


async def test_what_a_payer_already_paid_is_found_and_nothing_else_is() -> None:
    bucket, provider = FakeBucket(), Provider(CALL)
    answers = Answers(bucket, QUICK)
    assert await answers.paid_before(CALL) is None
    await answers.settle(CALL, provider.pay)
    found = await answers.paid_before(CALL)
    assert found is not None
    assert found.paid
    assert await answers.paid_before(replace(CALL, payer="run/2")) is None
