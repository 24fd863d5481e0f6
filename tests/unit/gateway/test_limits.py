"""Rate limits: one count for all gateways, which go on by themselves while the broker is away."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promptevolver_gateway.access.limits import (
    WINDOW_S,
    Limits,
    Policy,
    RateLimited,
    Standing,
    network,
)
from support.gateway import FakeBus

MINUTE = 1_000_000 * WINDOW_S


class Clock:
    def __init__(self) -> None:
        self.now = float(MINUTE)

    def __call__(self) -> float:
        return self.now


async def allowed(limits: Limits, policy: Policy, times: int, who: str = "ada") -> int:
    """Give how many of these calls pass."""
    passed = 0
    for _ in range(times):
        try:
            await limits.charge(policy, who)
        except RateLimited:
            continue
        passed += 1
    return passed


@pytest.mark.parametrize("limit", [1, 7, 20, 100, 1200])
async def test_no_more_than_the_limit_pass_in_a_minute(limit: int) -> None:
    clock = Clock()
    limits = Limits(FakeBus(), clock)
    assert await allowed(limits, Policy("key", limit), limit + 10) == limit


async def test_callers_and_policies_are_counted_apart() -> None:
    limits = Limits(FakeBus(), Clock())
    key, user = Policy("key", 5), Policy("user", 5)
    assert await allowed(limits, key, 10, "ada") == 5
    assert await allowed(limits, key, 10, "bob") == 5
    assert await allowed(limits, user, 10, "ada") == 5


@settings(deadline=None, max_examples=50)
@given(
    limit=st.integers(1, 60),
    calls=st.lists(st.tuples(st.integers(0, 3), st.floats(0, 20)), min_size=1, max_size=150),
)
async def test_gateways_together_keep_the_limit(limit: int, calls: list[tuple[int, float]]) -> None:
    clock, bus, policy = Clock(), FakeBus(), Policy("key", limit)
    gateways = [Limits(bus, clock) for _ in range(4)]
    passed: list[float] = []
    for gateway, later in calls:
        clock.now += later
        if await allowed(gateways[gateway], policy, 1):
            passed.append(clock.now)
    windows = {int(at // WINDOW_S) for at in passed}
    for window in windows:
        assert sum(int(at // WINDOW_S) == window for at in passed) <= limit
    # A minute that lies across two windows: the one before fades evenly, whatever its shape was.
    assert all(sum(at - WINDOW_S < each <= at for each in passed) <= 2 * limit for at in passed)


async def test_what_was_used_before_fades() -> None:
    clock = Clock()
    limits, policy = Limits(FakeBus(), clock), Policy("key", 100)
    assert await allowed(limits, policy, 200) == 100
    clock.now = MINUTE + 1.5 * WINDOW_S
    assert await allowed(limits, policy, 200) == 50
    clock.now = MINUTE + 4 * WINDOW_S
    assert await allowed(limits, policy, 200) == 100


async def test_after_the_time_that_is_named_there_is_room_again() -> None:
    clock = Clock()
    limits, policy = Limits(FakeBus(), clock), Policy("key", 10)
    await allowed(limits, policy, 10)
    with pytest.raises(RateLimited) as refused:
        await limits.charge(policy, "ada")
    assert refused.value.retry_after_s is not None
    assert 1 <= refused.value.retry_after_s <= 2 * WINDOW_S
    assert refused.value.standing.remaining == 0
    clock.now += refused.value.retry_after_s + 0.001
    assert await allowed(limits, policy, 1) == 1


async def test_refused_calls_do_not_ask_the_broker() -> None:
    bus, policy = FakeBus(), Policy("key", 10)
    limits = Limits(bus, Clock())
    await allowed(limits, policy, 11)
    before = dict(bus.counts)
    assert await allowed(limits, policy, 1000) == 0
    assert bus.counts == before
    with pytest.raises(RateLimited):
        limits.require(policy, "ada")


async def test_while_the_broker_is_away_a_gateway_counts_alone() -> None:
    bus, policy = FakeBus(), Policy("key", 100)
    one, other = Limits(bus, Clock()), Limits(bus, Clock())
    assert await allowed(one, policy, 30) == 30
    assert await allowed(other, policy, 30) == 30
    bus.connected = False
    assert await allowed(one, policy, 200) <= 70
    bus.connected = True


async def test_many_at_once_are_counted_right() -> None:
    limits, policy = Limits(FakeBus(), Clock()), Policy("key", 100)
    answers = await asyncio.gather(*(allowed(limits, policy, 1) for _ in range(150)))
    assert sum(answers) == 100


async def test_standing_is_told_as_header_fields() -> None:
    standing = await Limits(FakeBus(), Clock()).charge(Policy("key", 100), "ada")
    assert standing == Standing(Policy("key", 100), 99, 60)
    assert standing.headers == {
        "RateLimit-Policy": '"key";q=100;w=60',
        "RateLimit": '"key";r=99;t=60',
    }


def test_whoever_has_one_address_of_ipv6_has_its_network() -> None:
    assert network("2001:db8:1:2:3:4:5:6") == network("2001:db8:1:2:ffff::1")
    assert network("2001:db8::1") == network("2001:db8::a:b:c:d")
    assert network("2001:db8:1:2::1") != network("2001:db8:1:3::1")
    assert network("::ffff:192.0.2.7") == network("192.0.2.7")
    assert network("192.0.2.7") == "192.0.2.7"
