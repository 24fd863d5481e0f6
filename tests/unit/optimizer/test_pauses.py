import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st
from promptevolver_optimizer.pauses import Cause, Pauses


class Listener:
    """Writes down what it is told; slow, as a broker is."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.pauses = Pauses(self._paused, self._resumed)

    async def _paused(self, cause: Cause, reason: str, fault: object) -> None:
        await asyncio.sleep(0)
        self.told.append(cause)

    async def _resumed(self) -> None:
        await asyncio.sleep(0)
        self.told.append("resumed")

    def is_open(self) -> bool:
        waiting = self.pauses.wait()
        try:
            waiting.send(None)
        except StopIteration:
            return True
        waiting.close()
        return False


async def test_it_goes_on_when_the_last_cause_is_gone() -> None:
    listener = Listener()
    pauses = listener.pauses
    assert listener.is_open()
    await pauses.block("user", "lunch")
    await pauses.block("provider", "down")
    await pauses.clear("user")
    assert not listener.is_open()
    await pauses.clear("provider")
    assert listener.is_open()
    assert listener.told == ["user", "provider", "resumed"]


async def test_a_cause_is_told_once_and_stays_until_its_last_holder_lets_go() -> None:
    listener = Listener()
    pauses = listener.pauses
    await asyncio.gather(*(pauses.block("provider", "down", holder=each) for each in "abb"))
    await pauses.clear("provider", holder="a")
    await pauses.clear("provider", holder="c")
    assert not listener.is_open()
    await pauses.clear("provider", holder="b")
    assert listener.is_open()
    assert listener.told == ["provider", "resumed"]


async def test_a_cause_may_be_waited_past_while_no_other_holds() -> None:
    listener = Listener()
    await listener.pauses.block("provider", "down")
    await asyncio.wait_for(listener.pauses.wait(despite="provider"), 60)
    await listener.pauses.block("user", "lunch")
    waiting = asyncio.create_task(listener.pauses.wait(despite="provider"))
    await asyncio.wait({waiting}, timeout=0.01)
    assert not waiting.done()
    await listener.pauses.clear("user")
    await asyncio.wait_for(waiting, 60)
    assert not listener.is_open()


async def test_what_was_never_blocked_is_not_resumed() -> None:
    listener = Listener()
    await listener.pauses.clear("budget")
    assert listener.told == []


causes = st.sampled_from(["user", "provider", "budget"])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.booleans(), causes, st.sampled_from("ab")), max_size=20))
async def test_pauses_and_resumptions_told_are_those_that_were(
    changes: list[tuple[bool, Cause, str]],
) -> None:
    listener = Listener()
    held: set[tuple[Cause, str]] = set()
    tasks = []
    for blocks, cause, holder in changes:
        if blocks:
            held.add((cause, holder))
            tasks.append(listener.pauses.block(cause, "why", holder=holder))
        else:
            held.discard((cause, holder))
            tasks.append(listener.pauses.clear(cause, holder=holder))
    await asyncio.gather(*tasks)
    assert listener.is_open() == (not held)
    if listener.told:
        assert listener.told[0] != "resumed"
        assert (listener.told[-1] == "resumed") == (not held)
    assert "resumed resumed" not in " ".join(listener.told)
