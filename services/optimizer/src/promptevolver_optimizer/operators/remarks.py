"""What people said about outputs, as evidence for the reflecting model.

A note on an example is shown beside that example alone, and operators are shown train examples
only: so nothing that was said about a validation or a test example reaches a mutation. Everything
is bounded, and which notes are shown when there are too many follows from the run's seed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from promptevolver_contracts.feedback import FeedbackNote
from promptevolver_contracts.outcomes import Outcome

from promptevolver_optimizer.operators.evidence import EXAMPLES_SHOWN, clipped
from promptevolver_optimizer.search import Slot

NOTES_SHOWN = 6
"""Most notes in one question."""
NOTES_CHARS = 3000
"""Room for all of them, beside headings."""


@dataclass(frozen=True, slots=True)
class Remarks:
    """Notes as they are shown, below the cases of a question; empty when there are none."""

    text: str = ""
    ids: tuple[str, ...] = ()


def remarks(slot: Slot, notes: Sequence[FeedbackNote], outcomes: Sequence[Outcome]) -> Remarks:
    """Show what people said about these outcomes' examples, then about the task as a whole."""
    places: dict[str, int] = {}
    for number, outcome in enumerate(outcomes[:EXAMPLES_SHOWN], start=1):
        places.setdefault(outcome.example_id, number)
    beside = [note for note in notes if note.example_id in places]
    general = [note for note in notes if note.example_id is None]
    chosen = (*_drawn(slot, beside, "beside"), *_drawn(slot, general, "general"))[:NOTES_SHOWN]
    if not chosen:
        return Remarks()
    room = NOTES_CHARS // len(chosen)
    lines = (_line(note, places, room) for note in chosen)
    return Remarks(_HEADING.format(lines="\n".join(lines)), tuple(note.id for note in chosen))


def _drawn(slot: Slot, notes: Sequence[FeedbackNote], decision: str) -> list[FeedbackNote]:
    """Give the notes in an order of chance."""
    return [notes[int(at)] for at in slot.random("notes", decision).permutation(len(notes))]


def _line(note: FeedbackNote, places: dict[str, int], room: int) -> str:
    about = "" if note.example_id is None else f" on example {places[note.example_id]}"
    said = [f"{note.kind}{about}"]
    if note.rating is not None:
        said.append(f"rated {note.rating:.2f} of 1")
    if note.output:
        said.append(f"about the output: {clipped(_flat(note.output), room // 4)}")
    if note.correction is not None:
        said.append(f"should have been: {clipped(_flat(note.correction), room // 3)}")
    if note.text:
        said.append(f"in their words: {clipped(_flat(note.text), room // 3)}")
    return f"- {'; '.join(said)}"


def _flat(text: str) -> str:
    return " ".join(text.split())


_HEADING = """

What people said who read such outputs (human evidence, more telling than a metric's feedback):
{lines}"""
