import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptevolver_contracts.faults import Fault, FaultKind
from promptevolver_llm.calls import LlmError
from promptevolver_llm.retries import Deadline, RetryPolicy, retrying


def fault(kind: FaultKind = "unavailable", retry_after_s: float | None = None) -> Fault:
    return Fault(kind=kind, message="", retry_after_s=retry_after_s)


@given(
    jitter=st.floats(0, 1, exclude_max=True),
    failures=st.integers(1, 50),
    asked=st.none() | st.floats(0, 1000),
)
def test_a_wait_is_between_what_is_asked_for_and_the_cap_on_top(
    jitter: float, failures: int, asked: float | None
) -> None:
    policy = RetryPolicy(base_s=0.5, cap_s=20, jitter=lambda: jitter)
    wait = policy.wait_s(failures, asked)
    assert (asked or 0) <= wait <= (asked or 0) + min(20, 0.5 * 2 ** (failures - 1))


@pytest.mark.parametrize("kind", ["bad_credentials", "bad_request", "refused", "over_context"])
def test_what_would_fail_again_is_not_tried_again(kind: FaultKind) -> None:
    assert RetryPolicy().next_wait_s(1, fault(kind), Deadline(100)) is None


def test_no_wait_outlasts_the_deadline() -> None:
    now = 0.0
    deadline = Deadline(10, lambda: now)
    policy = RetryPolicy(attempts=9, jitter=lambda: 0.0)
    assert policy.next_wait_s(1, fault(retry_after_s=9), deadline) == 9
    now = 2.0
    assert policy.next_wait_s(1, fault(retry_after_s=9), deadline) is None


async def test_it_gives_up_after_the_last_attempt_and_says_how_many_there_were() -> None:
    made: list[int] = []

    async def attempt(number: int) -> None:
        made.append(number)
        raise LlmError(fault())

    policy = RetryPolicy(attempts=3, base_s=0.001)
    with pytest.raises(LlmError) as caught:
        await retrying(attempt, policy, Deadline(10))
    assert made == [1, 2, 3]
    assert caught.value.attempts == 3
