import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from promptevolver_contracts.datasets import DatasetRef, Example, dataset_ref
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.queries import (
    ExamplePage,
    GetDataset,
    GetExamples,
    PutExamples,
    PutExamplesAnswer,
)
from promptevolver_contracts.streams import MESSAGE_BYTES
from promptevolver_history.datasets.contents import DatasetStore
from promptevolver_runtime.rpc import QueryFailed
from support.history import open_database

pytestmark = pytest.mark.infra


@pytest.fixture
async def datasets(migrated_url: str) -> AsyncIterator[DatasetStore]:
    async with open_database(migrated_url) as database:
        yield DatasetStore(database)


def examples(count: int, size: int = 10) -> list[Example]:
    splits: list[Any] = ["train", "validation", "test"]
    return [
        Example(
            id=f"e{n}",
            inputs={"text": "ü" * size, "z": 1e20, "a": [n, 1.0, None], "nul": "a\0b"},
            expected={"n": n},
            split=splits[n % 3],
            cluster="x" if n % 2 else None,
        )
        for n in range(count)
    ]


def page_of(ref: DatasetRef, found: list[Example], offset: int, count: int) -> PutExamples:
    part = found[offset : offset + count]
    last = offset + len(part) == len(found)
    return PutExamples(dataset=ref, offset=offset, examples=tuple(part), last=last)


async def put_all(
    datasets: DatasetStore, ref: DatasetRef, found: list[Example], count: int = 7
) -> PutExamplesAnswer:
    for offset in range(0, len(found), count):
        answer = await datasets.put(page_of(ref, found, offset, count))
    return answer


async def read_all(
    datasets: DatasetStore, **fields: Any
) -> tuple[list[Example], list[ExamplePage]]:
    pages = [await datasets.examples(GetExamples(**fields))]
    while (offset := pages[-1].next_offset) is not None:
        pages.append(await datasets.examples(GetExamples(**fields, offset=offset)))
    return [example for page in pages for example in page.examples], pages


async def test_a_version_comes_back_as_it_was_sent(datasets: DatasetStore) -> None:
    found = examples(20)
    ref = dataset_ref("tickets", found)

    answer = await put_all(datasets, ref, found)

    assert answer == PutExamplesAnswer(complete=True, stored=20)
    assert await datasets.get(GetDataset(dataset_id=ref.id)) == ref
    assert (await read_all(datasets, dataset_id=ref.id))[0] == found
    tests, _ = await read_all(datasets, dataset_id=ref.id, split="test")
    assert tests == [example for example in found if example.split == "test"]


async def test_pages_stay_below_the_limit_of_messages(datasets: DatasetStore) -> None:
    found = examples(30, size=20_000)
    ref = dataset_ref("tickets", found)
    await put_all(datasets, ref, found)

    read, pages = await read_all(datasets, dataset_id=ref.id)
    validation, _ = await read_all(datasets, dataset_id=ref.id, split="validation")

    assert read == found
    assert len(pages) > 2
    assert all(len(page.model_dump_json().encode()) < MESSAGE_BYTES for page in pages)
    assert validation == [example for example in found if example.split == "validation"]


async def test_examples_by_id_come_in_the_order_asked_without_unknown_ones(
    datasets: DatasetStore,
) -> None:
    found = examples(5)
    ref = dataset_ref("tickets", found)
    await put_all(datasets, ref, found)

    page = await datasets.examples(GetExamples(dataset_id=ref.id, ids=("e3", "nobody", "e1")))

    assert page == ExamplePage(examples=(found[3], found[1]), next_offset=None)


async def test_pages_may_come_in_any_order_twice_and_at_once(datasets: DatasetStore) -> None:
    found = examples(20)
    ref = dataset_ref("tickets", found)
    pages = [page_of(ref, found, offset, 4) for offset in (16, 8, 0, 12, 4)]

    answers = await asyncio.gather(*(datasets.put(page) for page in [*pages, *pages]))

    assert any(answer.complete for answer in answers)
    assert (await datasets.put(pages[0])) == PutExamplesAnswer(complete=True, stored=20)
    assert (await read_all(datasets, dataset_id=ref.id))[0] == found


async def test_an_incomplete_version_is_unknown(datasets: DatasetStore) -> None:
    found = examples(9)
    ref = dataset_ref("tickets", found)

    answer = await datasets.put(page_of(ref, found, 0, 5))

    assert answer == PutExamplesAnswer(complete=False, stored=5)
    for ask in (
        datasets.get(GetDataset(dataset_id=ref.id)),
        datasets.examples(GetExamples(dataset_id=ref.id)),
    ):
        with pytest.raises(QueryFailed) as caught:
            await ask
        assert caught.value.info.code == ErrorCode.UNKNOWN_DATASET


async def test_content_that_is_not_what_the_id_says_is_refused_and_can_be_sent_right(
    datasets: DatasetStore,
) -> None:
    found = examples(9)
    ref = dataset_ref("tickets", found)
    forged = [*found[:8], found[8].model_copy(update={"expected": "forged"})]

    with pytest.raises(QueryFailed) as caught:
        await put_all(datasets, ref, forged)

    assert caught.value.info.code == ErrorCode.INVALID_REQUEST
    assert (await put_all(datasets, ref, found)).complete
    assert (await read_all(datasets, dataset_id=ref.id))[0] == found


async def test_pages_that_cannot_belong_to_the_version_are_refused(datasets: DatasetStore) -> None:
    found = examples(6)
    ref = dataset_ref("tickets", found)
    twice = [*found[:5], found[0]]
    outside = PutExamples(dataset=ref, offset=5, examples=tuple(found[:2]), last=True)
    early = PutExamples(dataset=ref, offset=0, examples=tuple(found[:2]), last=True)

    for pages in ([page_of(ref, twice, 0, 6)], [outside], [early]):
        with pytest.raises(QueryFailed) as caught:
            await datasets.put(pages[0])
        assert caught.value.info.code == ErrorCode.INVALID_REQUEST
