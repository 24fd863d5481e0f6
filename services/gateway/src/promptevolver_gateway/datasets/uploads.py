"""Files into drafts: read page by page, checked row by row, joined all at once or not at all."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, Literal

import structlog
from promptevolver_contracts.actors import Actor
from promptevolver_contracts.dataset_library import (
    BEGIN_UPLOAD,
    DISCARD_UPLOAD,
    FINISH_UPLOAD,
    STAGE_EXAMPLES,
    BeginUpload,
    Dataset,
    DiscardUpload,
    DraftExample,
    FinishUpload,
    StagedExample,
    StageExamples,
    UploadMode,
    UploadOutcome,
)
from promptevolver_contracts.dataset_library.guessing import guessed
from promptevolver_contracts.datasets import Split
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.ids import new_id
from promptevolver_runtime.rpc import QueryFailed

from promptevolver_gateway.bus import Bus
from promptevolver_gateway.datasets.answers import UploadReport
from promptevolver_gateway.datasets.columns import columns_of
from promptevolver_gateway.datasets.faults import Unreadable
from promptevolver_gateway.datasets.formats import FileFormat, rows_of
from promptevolver_gateway.datasets.readings import Reading
from promptevolver_gateway.datasets.staging import staged
from promptevolver_gateway.datasets.storable import require_storable_item
from promptevolver_gateway.datasets.validity import Validity
from promptevolver_gateway.problems import Problem

log = structlog.get_logger(__name__)

_STAGING_S = 60.0
_MERGING_S = 600.0


@dataclass(frozen=True, slots=True)
class Wish:
    """How a file is to be read, and what is to be done with it."""

    file_format: FileFormat
    mapping: dict[str, str | None] | None = None
    delimiter: str | None = None
    mode: UploadMode = "append"
    default_split: Split = "train"
    on_error: Literal["abort", "skip"] = "abort"
    max_rows: int | None = None
    dry_run: bool = False


class Upload:
    """Some examples on their way into one draft."""

    def __init__(self, bus: Bus, project: str, by: Actor) -> None:
        self._bus = bus
        self._project = project
        self._by = by
        self._id = new_id()

    async def run(self, file: BinaryIO, dataset_id: str, wish: Wish) -> UploadReport:
        """Read a file and merge it into the draft.

        Raises Problem for a file that cannot be read, and for one with errors unless they are to
        be skipped; the draft is as before then.
        """
        try:
            rows = await asyncio.to_thread(rows_of, file, wish.file_format, wish.delimiter)
            mapping = wish.mapping if wish.mapping is not None else guessed(rows.columns)
            columns = columns_of(mapping, rows.columns if rows.closed else None)
            async with self._open(dataset_id, wish.mode, wish.default_split) as dataset:
                examples = (staged(row, columns, texts=rows.texts) for row in rows)
                reading = Reading(islice(examples, wish.max_rows), _validity(dataset), columns)
                await self._stage(reading)
                _require_rows(reading)
                if reading.faults.rows and wish.on_error == "abort" and not wish.dry_run:
                    raise _refusal(reading)
                outcome = await self._finish(reading, dry_run=wish.dry_run)
        except Unreadable as error:
            raise Problem.of_fields([error.fault]) from error
        return _report(wish, mapping, rows.columns, reading, outcome)

    async def put(
        self, dataset_id: str, items: Sequence[DraftExample], mode: UploadMode
    ) -> UploadOutcome:
        """Merge some items into the draft. Raises Problem when one of them cannot be taken."""
        for item in items:
            require_storable_item(item)
        numbered = (
            StagedExample(row=row, **item.model_dump()) for row, item in enumerate(items, 1)
        )
        async with self._open(dataset_id, mode, "train") as dataset:
            reading = Reading(numbered, _validity(dataset))
            await self._stage(reading)
            if reading.faults.rows:
                raise Problem.of_fields(reading.errors("/items", first=0))
            return await self._finish(reading, dry_run=False)

    @asynccontextmanager
    async def _open(
        self, dataset_id: str, mode: UploadMode, default_split: Split
    ) -> AsyncIterator[Dataset]:
        begin = BeginUpload(
            project=self._project,
            dataset_id=dataset_id,
            by=self._by,
            upload_id=self._id,
            mode=mode,
            default_split=default_split,
        )
        # It begins even when the sender is gone meanwhile: only then can it be discarded.
        beginning = asyncio.ensure_future(self._bus.ask(BEGIN_UPLOAD, begin))
        try:
            yield await asyncio.shield(beginning)
        except BaseException:
            await asyncio.shield(self._discard(beginning))
            raise

    async def _discard(self, beginning: asyncio.Future[Dataset]) -> None:
        await asyncio.wait({beginning})
        if beginning.cancelled() or beginning.exception() is not None:
            return
        question = DiscardUpload(project=self._project, upload_id=self._id)
        try:
            await self._bus.ask(DISCARD_UPLOAD, question)
        except (QueryFailed, Problem) as error:
            # History forgets it by itself after a while.
            log.warning("upload not discarded", upload_id=self._id, error=str(error))

    async def _finish(self, reading: Reading, *, dry_run: bool) -> UploadOutcome:
        finish = FinishUpload(
            project=self._project,
            upload_id=self._id,
            by=self._by,
            staged=reading.taken,
            dry_run=dry_run,
        )
        return await self._bus.ask(FINISH_UPLOAD, finish, within_s=_MERGING_S)

    async def _stage(self, reading: Reading) -> None:
        while (page := await asyncio.to_thread(reading.page)) is not None:
            if page:
                await self._send(reading, page)

    async def _send(self, reading: Reading, page: Sequence[StagedExample]) -> None:
        question = StageExamples(project=self._project, upload_id=self._id, examples=tuple(page))
        answer = await self._bus.ask(STAGE_EXAMPLES, question, within_s=_STAGING_S)
        reading.stored(page, answer.rejected)


def _validity(dataset: Dataset) -> Validity:
    return Validity(dataset.input_schema, dataset.expected_schema)


def _require_rows(reading: Reading) -> None:
    if not reading.rows:
        raise Unreadable("empty", "the file names columns, but has no row below them")


def _refusal(reading: Reading) -> Problem:
    detail = (
        f"{reading.faults.rows} of {reading.rows} rows are wrong, so nothing was stored; send "
        "dry_run=true for the whole report, or on_error=skip to leave them out"
    )
    errors = reading.errors("/rows", first=1)
    return Problem(ErrorCode.INVALID_REQUEST, detail, errors=errors)


def _report(
    wish: Wish,
    mapping: Mapping[str, str | None],
    columns: Sequence[str],
    reading: Reading,
    outcome: UploadOutcome,
) -> UploadReport:
    filled = {name for name, target in mapping.items() if target is not None}
    return UploadReport(
        stored=not wish.dry_run,
        format=wish.file_format,
        mapping=dict(mapping),
        mapping_guessed=wish.mapping is None,
        ignored_columns=tuple(name for name in columns if name not in filled),
        rows=reading.rows,
        cut_short=reading.rows == wish.max_rows,
        refused=reading.faults.rows,
        added=outcome.added,
        changed=outcome.changed,
        unchanged=outcome.unchanged,
        removed=outcome.removed,
        sizes=outcome.sizes,
        preview=tuple(reading.preview),
        error_counts=dict(reading.faults.counts),
        errors=tuple(sorted(reading.faults.kept, key=lambda fault: fault.row)),
    )
