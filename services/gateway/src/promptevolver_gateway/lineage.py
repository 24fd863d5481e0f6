"""Where a run comes from, when it comes from another one."""

from dataclasses import dataclass

from promptevolver_contracts.feedback import FeedbackNote
from promptevolver_contracts.runs import ArchiveSeed, Origin


@dataclass(frozen=True, slots=True)
class Descent:
    """What makes a run another one's descendant."""

    origin: Origin
    archive: tuple[ArchiveSeed, ...] = ()
    feedback: tuple[FeedbackNote, ...] | None = None
    """The notes that the other run was shown; None: those of now."""
