"""Examples by reference: read from history in pages, kept in memory."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

import structlog
from nats.aio.client import Client
from promptevolver_contracts.datasets import DatasetRef, Example, Split
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.ids import DatasetId
from promptevolver_contracts.queries import ExamplePage, GetExamples
from promptevolver_contracts.subjects import GET_EXAMPLES

from promptevolver_runtime.rpc import QueryFailed, ask

log = structlog.get_logger(__name__)

_AWAY = frozenset({ErrorCode.UNAVAILABLE, ErrorCode.INTERNAL})


class Datasets:
    """A dataset version never changes, so what was read once stays right."""

    def __init__(self, nc: Client, keep: int = 50_000) -> None:
        """Keep at most `keep` examples fetched by id."""
        self._nc = nc
        self._keep = keep
        self._examples: OrderedDict[tuple[DatasetId, str], Example] = OrderedDict()

    async def split(self, ref: DatasetRef, split: Split) -> list[Example]:
        """Give a split's examples in order. Waits while history is away.

        Raises QueryFailed when history does not know the dataset.
        """
        examples: list[Example] = []
        offset: int | None = 0
        while offset is not None:
            page = await self._page(GetExamples(dataset_id=ref.id, split=split, offset=offset))
            examples.extend(page.examples)
            offset = page.next_offset
        return examples

    async def by_id(self, ref: DatasetRef, ids: Sequence[str]) -> list[Example]:
        """Give the examples with these ids, in this order. Waits while history is away.

        Raises QueryFailed when history does not know the dataset, KeyError for an unknown id.
        """
        held = {each: self._examples.get((ref.id, each)) for each in ids}
        known = {each: example for each, example in held.items() if example is not None}
        while missing := [each for each in held if each not in known]:
            page = await self._page(GetExamples(dataset_id=ref.id, ids=tuple(missing[:64])))
            if not page.examples:
                raise KeyError(missing[0])
            known |= {example.id: example for example in page.examples}
        for each, example in known.items():
            self._examples[ref.id, each] = example
            self._examples.move_to_end((ref.id, each))
        while len(self._examples) > self._keep:
            self._examples.popitem(last=False)
        return [known[each] for each in ids]

    async def _page(self, question: GetExamples) -> ExamplePage:
        while True:
            try:
                return await ask(self._nc, GET_EXAMPLES, question)
            except QueryFailed as error:
                if error.info.code not in _AWAY:
                    raise
                log.warning("examples unreadable, trying again", error=str(error))
                await asyncio.sleep(0.5)
