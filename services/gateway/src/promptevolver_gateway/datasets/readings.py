"""Examples as they are read for an upload, with what was found on the way."""

from collections.abc import Iterator, Sequence

from promptevolver_contracts.dataset_library import RejectedRow, StagedExample
from promptevolver_contracts.errors import FieldError

from promptevolver_gateway.datasets.columns import Column
from promptevolver_gateway.datasets.contents import PAGE_BYTES
from promptevolver_gateway.datasets.faults import Faults, RowFault
from promptevolver_gateway.datasets.staging import located
from promptevolver_gateway.datasets.validity import Validity

_PAGE_ROWS = 1000
_PREVIEW = 5

type Read = StagedExample | list[RowFault]


class Reading:
    """Examples as they are read, with what was found on the way."""

    def __init__(
        self, examples: Iterator[Read], validity: Validity, columns: Sequence[Column] = ()
    ) -> None:
        self._examples = examples
        self._validity = validity
        self._columns = columns
        self._waiting: list[StagedExample] = []
        self.faults = Faults()
        self.preview: list[StagedExample] = []
        self.rows = 0
        self.taken = 0

    def page(self) -> list[StagedExample] | None:
        """Give the next examples that fit into a message, None after the last one."""
        page, self._waiting = self._waiting, []
        room = PAGE_BYTES - sum(map(_size, page))
        before = self.rows
        for read in self._examples:
            self.rows += 1
            example = self._checked(read)
            if example is None:
                continue
            room -= _size(example)
            if page and room < 0:
                self._waiting = [example]
                break
            page.append(example)
            if len(page) == _PAGE_ROWS:
                break
        return page if page or self.rows > before else None

    def stored(self, page: Sequence[StagedExample], rejected: Sequence[RejectedRow]) -> None:
        """Hear what became of a page."""
        refused = {each.row for each in rejected}
        taken = [example for example in page if example.row not in refused]
        self.taken += len(taken)
        self.preview += taken[: _PREVIEW - len(self.preview)]
        for each in rejected:
            self.faults.add([RowFault(row=each.row, code=each.code, message=each.message)])

    def errors(self, of: str, *, first: int) -> list[FieldError]:
        """Point to what is wrong in a list whose first entry has the number `first`."""
        return [
            FieldError(
                pointer=f"{of}/{fault.row - 1 + first}{fault.pointer or ''}",
                message=fault.message,
                code=fault.code,
            )
            for fault in self.faults.kept
        ]

    def _checked(self, read: Read) -> StagedExample | None:
        if isinstance(read, StagedExample):
            faults = [
                located(
                    RowFault(
                        row=read.row, pointer=fault.pointer, code=fault.code, message=fault.message
                    ),
                    self._columns,
                )
                for fault in self._validity.errors(read)
            ]
        else:
            faults = read
        self.faults.add(faults)
        return read if isinstance(read, StagedExample) and not faults else None


def _size(example: StagedExample) -> int:
    return len(example.model_dump_json().encode()) + 1
