"""Dataset versions: described here, stored by history, remembered by their hash."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from promptevolver_contracts.dataset_library import FIND_CONTENT, FindContent
from promptevolver_contracts.datasets import DatasetRef, Example
from promptevolver_contracts.errors import ErrorCode, FieldError
from promptevolver_contracts.ids import DatasetId
from promptevolver_contracts.queries import GetDataset, PutExamples
from promptevolver_contracts.subjects import GET_DATASET, PUT_EXAMPLES
from promptevolver_runtime.rpc import QueryFailed

from promptevolver_gateway.bus import Bus
from promptevolver_gateway.problems import Problem

PAGE_BYTES = 200_000
_KEEP = 1000
_PATIENCE_S = 30.0
_UNKNOWN = frozenset({ErrorCode.UNKNOWN_DATASET, ErrorCode.NOT_FOUND})


@dataclass(frozen=True, slots=True)
class Version:
    """A stored dataset version, with the inputs that every one of its examples has."""

    ref: DatasetRef
    inputs: frozenset[str]


class DatasetStore:
    """Puts versions into history once and finds them again, for one project at a time."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._known: OrderedDict[tuple[str, DatasetId], Version] = OrderedDict()

    async def find(self, dataset_id: DatasetId, project: str) -> Version:
        """Give a version that the project has. Raises Problem `unknown_dataset`."""
        known = self._known.get((project, dataset_id))
        if known is not None:
            self._known.move_to_end((project, dataset_id))
            return known
        question = FindContent(project=project, content_id=dataset_id)
        message = "no complete dataset version has this id; send its examples"
        return self._remember(project, await self._found(question, "/dataset/id", message))

    async def named(
        self, dataset_id: str, version: int | Literal["latest"], project: str
    ) -> Version:
        """Give a version of a named dataset. Raises Problem `unknown_dataset`."""
        question = FindContent(project=project, dataset_id=dataset_id, version=version)
        message = "the project has no such dataset, or the dataset no such version"
        return await self._found(question, "/dataset/dataset_id", message)

    async def put(self, ref: DatasetRef, examples: Sequence[Example], project: str) -> None:
        """Store a version unless it is there. Raises Problem `too_large` for a huge example."""
        if not examples or (project, ref.id) in self._known:
            return
        if not await self._is_stored(ref.id, project):
            await self._store(ref, examples, project)
        self._remember(project, Version(ref, common_inputs(examples)))

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

    async def _is_stored(self, dataset_id: DatasetId, project: str) -> bool:
        try:
            await self._bus.ask(GET_DATASET, GetDataset(dataset_id=dataset_id, project=project))
        except QueryFailed as error:
            if error.info.code in _UNKNOWN:
                return False
            raise
        return True

    async def _found(self, question: FindContent, pointer: str, message: str) -> Version:
        try:
            found = await self._bus.ask(FIND_CONTENT, question, within_s=_PATIENCE_S)
        except QueryFailed as error:
            if error.info.code not in _UNKNOWN:
                raise
            fault = FieldError(pointer=pointer, message=message, code=ErrorCode.UNKNOWN_DATASET)
            raise Problem.of_fields([fault], ErrorCode.UNKNOWN_DATASET) from error
        return Version(found.ref, frozenset(found.inputs))

    def _remember(self, project: str, version: Version) -> Version:
        self._known[project, version.ref.id] = version
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
