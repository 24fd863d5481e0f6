from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptevolver_local.provider.draw import Draw
from promptevolver_local.provider.faults import Fault, FaultSettings, drawn_fault, drawn_latency
from pydantic import ValidationError


def test_faults_come_at_their_rates() -> None:
    settings = FaultSettings(rate_limited=0.3, server_error=0.1)
    drawn = Counter(drawn_fault(settings, Draw(0, number)) for number in range(4000))
    assert drawn.keys() == {None, Fault.RATE_LIMITED, Fault.SERVER_ERROR}
    assert 0.27 < drawn[Fault.RATE_LIMITED] / 4000 < 0.33
    assert 0.08 < drawn[Fault.SERVER_ERROR] / 4000 < 0.12


@pytest.mark.parametrize("fault", list(Fault))
def test_a_rate_of_one_leaves_nothing_else(fault: Fault) -> None:
    settings = FaultSettings.model_validate({fault.value: 1})
    assert {drawn_fault(settings, Draw(number)) for number in range(50)} == {fault}


def test_rates_beyond_one_are_refused() -> None:
    with pytest.raises(ValidationError, match="more than 1"):
        FaultSettings(rate_limited=0.6, server_error=0.6)


@given(st.floats(0, 1000), st.floats(0, 1), st.integers())
def test_latency_stays_within_its_jitter(mean: float, jitter: float, number: int) -> None:
    settings = FaultSettings(latency_ms=mean, jitter=jitter)
    seconds = drawn_latency(settings, Draw(number))
    assert mean * (1 - jitter) <= seconds * 1000 + 1e-6
    assert seconds * 1000 <= mean * (1 + jitter) + 1e-6


def test_a_slow_answer_takes_its_factor_longer() -> None:
    slow = FaultSettings(latency_ms=10, jitter=0, slow=1, slow_factor=5)
    assert drawn_latency(slow, Draw(1)) == pytest.approx(0.05)
