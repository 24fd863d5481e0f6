"""Notes that a run takes along; pure."""

from collections.abc import Iterable

from promptevolver_contracts.feedback import FeedbackNote
from promptevolver_contracts.runs import FEEDBACK_BYTES


def fitting_notes(notes: Iterable[FeedbackNote]) -> tuple[FeedbackNote, ...]:
    """Give the first notes that fit into a request together; longer ones are passed over."""
    room = FEEDBACK_BYTES
    taken = []
    for note in notes:
        size = len(note.model_dump_json().encode())
        if size <= room:
            taken.append(note)
            room -= size
    return tuple(taken)
