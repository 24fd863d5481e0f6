"""What is remembered of callers is forgotten in time."""

from collections.abc import Iterable

import pytest
from promptevolver_contracts.errors import ErrorCode, ErrorInfo
from promptevolver_gateway.access.remembered import Remembered
from promptevolver_runtime.rpc import QueryFailed


class History:
    """Counts what it is asked; says what it is told to."""

    def __init__(self) -> None:
        self.asked = 0
        self.says: str | ErrorCode = "first"

    async def __call__(self) -> str:
        self.asked += 1
        if isinstance(self.says, ErrorCode):
            raise QueryFailed(ErrorInfo(code=self.says, detail="no"))
        return self.says


@pytest.fixture
def history() -> History:
    return History()


class Memory:
    def __init__(self, history: History) -> None:
        self.now = 0.0
        self.history = history
        self.remembered: Remembered[str] = Remembered(30, 600, lambda: self.now)

    async def get(self) -> str:
        def tags(value: str) -> Iterable[str]:
            return ("user.ada", f"said.{value}")

        return await self.remembered.get("ada", self.history, tags)


async def test_an_answer_is_asked_for_once_while_it_is_fresh(history: History) -> None:
    memory = Memory(history)
    assert [await memory.get() for _ in range(3)] == ["first"] * 3
    memory.now = 31
    history.says = "second"
    assert await memory.get() == "second"
    assert history.asked == 2


@pytest.mark.parametrize("change", ["user.ada", "said.first", None])
async def test_a_change_is_asked_for_at_once(history: History, change: str | None) -> None:
    memory = Memory(history)
    await memory.get()
    memory.remembered.forget("user.bob")
    await memory.get()
    assert history.asked == 1
    memory.remembered.forget(change)
    history.says = "second"
    assert await memory.get() == "second"


async def test_while_history_is_away_old_answers_do_for_a_time(history: History) -> None:
    memory = Memory(history)
    await memory.get()
    history.says = ErrorCode.UNAVAILABLE
    memory.now = 599
    assert await memory.get() == "first"
    memory.now = 601
    with pytest.raises(QueryFailed):
        await memory.get()


async def test_what_was_revoked_is_not_used_while_history_is_away(history: History) -> None:
    memory = Memory(history)
    await memory.get()
    history.says = ErrorCode.UNAVAILABLE
    memory.remembered.forget("user.ada")
    with pytest.raises(QueryFailed):
        await memory.get()


async def test_a_refusal_ends_what_was_known(history: History) -> None:
    memory = Memory(history)
    await memory.get()
    memory.now = 31
    history.says = ErrorCode.UNAUTHENTICATED
    with pytest.raises(QueryFailed):
        await memory.get()
    history.says = ErrorCode.UNAVAILABLE
    with pytest.raises(QueryFailed):
        await memory.get()


async def test_an_answer_under_way_during_a_change_is_not_kept(history: History) -> None:
    memory = Memory(history)

    async def meanwhile() -> str:
        memory.remembered.forget("user.ada")
        return "of before the change"

    assert await memory.remembered.get("ada", meanwhile, lambda _: ("user.ada",))
    assert await memory.get() == "first"
