"""Dataset versions: described here, stored by history, remembered by their hash."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from promptevolver_contracts.datasets import DatasetRef, Example
from promptevolver_contracts.errors import ErrorCode, FieldError
from promptevolver_contracts.ids import DatasetId
from promptevolver_contracts.queries import GetDataset, GetExamples, PutExamples
from promptevolver_contracts.subjects import GET_DATASET, GET_EXAMPLES, PUT_EXAMPLES
from promptevolver_runtime.rpc import QueryFailed

from promptevolver_gateway.bus import Bus
from promptevolver_gateway.problems import Problem

PAGE_BYTES = 200_000
_KEEP = 1000
_UNKNOWN = frozenset({ErrorCode.UNKNOWN_DATASET, ErrorCode.NOT_FOUND})


@dataclass(frozen=True, slots=True)
class Version:
    """A stored dataset version, with the inputs that every one of its examples has."""

    ref: DatasetRef
    inputs: frozenset[str]


class DatasetStore:
    """Puts versions into history once and finds them again."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._known: OrderedDict[DatasetId, Version] = OrderedDict()

    async def find(self, dataset_id: DatasetId) -> Version:
        """Give a stored version. Raises Problem `unknown_dataset`."""
        known = self._known.get(dataset_id)
        if known is not None:
            self._known.move_to_end(dataset_id)
            return known
        ref = await self._described(dataset_id)
        if ref is None:
            fault = FieldError(
                pointer="/dataset/id",
                message="no complete dataset version has this id; send its examples",
                code=ErrorCode.UNKNOWN_DATASET,
            )
            raise Problem.of_fields([fault], ErrorCode.UNKNOWN_DATASET)
        return self._remember(Version(ref, await self._stored_inputs(dataset_id)))

    async def put(self, ref: DatasetRef, examples: Sequence[Example], project: str) -> None:
        """Store a version unless it is there. Raises Problem `too_large` for a huge example."""
        if ref.id in self._known:
            return
        if await self._described(ref.id) is None:
            await self._store(ref, examples, project)
        self._remember(Version(ref, common_inputs(examples)))

    async def _store(self, ref: DatasetRef, examples: Sequence[Example], project: str) -> None:
        complete = False
        for offset, page in pages(examples):
            answer = await self._bus.ask(
                PUT_EXAMPLES,
                PutExamples(
                    project=project,
                    dataset=ref,
                    offset=offset,
                    examples=page,
                    last=offset + len(page) == len(examples),
                ),
            )
            complete = answer.complete
        if not complete:
            raise Problem(
                ErrorCode.UNAVAILABLE,
                "the dataset was sent but is not complete in history; send the request again",
                retry_after_s=1,
            )

    async def _described(self, dataset_id: DatasetId) -> DatasetRef | None:
        try:
            return await self._bus.ask(GET_DATASET, GetDataset(dataset_id=dataset_id))
        except QueryFailed as error:
            if error.info.code in _UNKNOWN:
                return None
            raise

    async def _stored_inputs(self, dataset_id: DatasetId) -> frozenset[str]:
        examples: list[Example] = []
        offset: int | None = 0
        while offset is not None:
            page = await self._bus.ask(
                GET_EXAMPLES, GetExamples(dataset_id=dataset_id, offset=offset)
            )
            examples.extend(page.examples)
            offset = page.next_offset
        return common_inputs(examples)

    def _remember(self, version: Version) -> Version:
        self._known[version.ref.id] = version
        while len(self._known) > _KEEP:
            self._known.popitem(last=False)
        return version


def common_inputs(examples: Sequence[Example]) -> frozenset[str]:
    """Give the inputs that every example has."""
    names = [frozenset(example.inputs) for example in examples]
    return names[0].intersection(*names[1:]) if names else frozenset()


def pages(examples: Sequence[Example]) -> Iterator[tuple[int, tuple[Example, ...]]]:
    """Cut examples into pages that fit into a message, with the position of each page."""
    page: list[Example] = []
    offset = size = 0
    for position, example in enumerate(examples):
        length = len(example.model_dump_json().encode())
        if length > PAGE_BYTES:
            raise too_large(f"/dataset/examples/{position}", length, PAGE_BYTES)
        if page and size + length > PAGE_BYTES:
            yield offset, tuple(page)
            offset, page, size = position, [], 0
        page.append(example)
        size += length + 1
    if page:
        yield offset, tuple(page)


def too_large(pointer: str, size: int, limit: int) -> Problem:
    """Refuse a part of a request for its size in bytes."""
    fault = FieldError(
        pointer=pointer,
        message=f"{size} bytes as JSON; at most {limit} fit",
        code=ErrorCode.TOO_LARGE,
    )
    return Problem.of_fields([fault], ErrorCode.TOO_LARGE)
