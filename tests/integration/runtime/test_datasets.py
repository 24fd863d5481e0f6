import asyncio
from collections.abc import AsyncIterator

import pytest
from promptevolver_contracts.datasets import Example, dataset_ref
from promptevolver_contracts.errors import ErrorCode, ErrorInfo
from promptevolver_contracts.queries import ExamplePage, GetExamples
from promptevolver_contracts.subjects import GET_EXAMPLES
from promptevolver_runtime.connection import Connection
from promptevolver_runtime.datasets import Datasets
from promptevolver_runtime.rpc import QueryFailed, serve

PAGE = 7
TRAIN = [Example(id=f"a{n}", inputs={"n": n}, split="train") for n in range(150)]
TEST = [Example(id=f"b{n}", inputs={"n": n}, split="test") for n in range(5)]
REF = dataset_ref("toy", [*TRAIN, *TEST])


class History:
    """Serves one dataset in pages of a few, and counts the questions."""

    def __init__(self) -> None:
        self.questions: list[GetExamples] = []
        self.failures: list[ErrorCode] = []

    async def answer(self, question: GetExamples) -> ExamplePage:
        self.questions.append(question)
        if self.failures:
            raise QueryFailed(ErrorInfo(code=self.failures.pop(), detail="as told"))
        if question.dataset_id != REF.id:
            raise QueryFailed(ErrorInfo(code=ErrorCode.UNKNOWN_DATASET, detail="no such"))
        every = [*TRAIN, *TEST]
        if question.ids is not None:
            found = [example for example in every if example.id in question.ids]
            return ExamplePage(examples=tuple(found[:PAGE]), next_offset=None)
        of_split = [example for example in every if example.split == question.split]
        end = question.offset + PAGE
        page = tuple(of_split[question.offset : end])
        return ExamplePage(examples=page, next_offset=end if end < len(of_split) else None)


@pytest.fixture
async def history(nc: Connection) -> AsyncIterator[History]:
    history = History()
    subscription = await serve(nc, GET_EXAMPLES, history.answer, queue="test")
    yield history
    await subscription.unsubscribe()


async def test_a_split_is_put_together_from_its_pages(nc: Connection, history: History) -> None:
    assert await Datasets(nc).split(REF, "train") == TRAIN
    assert len(history.questions) == -(-len(TRAIN) // PAGE)
    assert await Datasets(nc).split(REF, "test") == TEST


async def test_examples_by_id_come_in_the_order_asked_for_and_are_fetched_once(
    nc: Connection, history: History
) -> None:
    datasets = Datasets(nc)
    wanted = [TRAIN[n] for n in (90, 3, 77, 3)] + TEST
    ids = [example.id for example in wanted]
    assert await datasets.by_id(REF, ids) == wanted
    asked = len(history.questions)
    assert await datasets.by_id(REF, ids[::-1]) == wanted[::-1]
    assert len(history.questions) == asked


async def test_no_question_asks_for_more_ids_than_it_may(nc: Connection, history: History) -> None:
    assert await Datasets(nc).by_id(REF, [e.id for e in TRAIN]) == TRAIN
    assert max(len(question.ids or ()) for question in history.questions) == 64


async def test_a_small_memory_forgets_but_never_fails(nc: Connection, history: History) -> None:
    datasets = Datasets(nc, keep=3)
    halves = [TRAIN[:10], TRAIN[5:15], TRAIN[:10], TRAIN[8:20]]
    got = await asyncio.gather(*(datasets.by_id(REF, [e.id for e in half]) for half in halves))
    assert got == halves
    again = await asyncio.gather(*(datasets.by_id(REF, [e.id for e in half]) for half in halves))
    assert again == halves


async def test_what_is_unknown_is_told(nc: Connection, history: History) -> None:
    datasets = Datasets(nc)
    with pytest.raises(KeyError, match="nobody"):
        await datasets.by_id(REF, ["a1", "nobody"])
    other = dataset_ref("other", TEST)
    with pytest.raises(QueryFailed) as failed:
        await datasets.split(other, "test")
    assert failed.value.info.code == ErrorCode.UNKNOWN_DATASET


async def test_it_waits_while_history_is_away(nc: Connection, history: History) -> None:
    history.failures = [ErrorCode.UNAVAILABLE, ErrorCode.INTERNAL]
    assert await Datasets(nc).split(REF, "test") == TEST
    assert history.failures == []
