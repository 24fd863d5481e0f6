"""What people decide about candidates while a run runs, and from where on it holds.

A decision takes effect at a place of the search: at the launch or the commit of a step, before the
exam, or before the end. The fact that says so names the place, so that an owner who takes the run
over heeds it there again, and not where it happened to read the control.
"""

from promptevolver_contracts import facts as f
from promptevolver_contracts.controls import Control

from promptevolver_optimizer.chronicle import Chronicle
from promptevolver_optimizer.slot import Moment


class Steering:
    """A run's pins and vetoes from place to place."""

    def __init__(self, chronicle: Chronicle) -> None:
        self._chronicle = chronicle

    async def marks(self, moment: Moment, step: int | None) -> tuple[f.Mark, ...]:
        """Give what takes effect here: what the log says of this place, and what waits.

        What waits passes over a place that was left behind before, by an owner who decided without.
        """
        record = self._chronicle.record
        place = moment if step is None else f"{moment}{step}"
        if self._is_fresh(moment, step):
            marks = [self._mark(control, place, step) for control in record.unheeded.values()]
            await self._chronicle.emit(*(mark for mark in marks if mark is not None))
        return tuple(record.marks.get(place, ()))

    def _is_fresh(self, moment: Moment, step: int | None) -> bool:
        """Whether no owner has gone beyond this place, as far as its traces tell."""
        record = self._chronicle.record
        match moment:
            case "launch":
                return step is not None and step > record.furthest
            case "commit":
                return f"m{step}.settled" not in record.facts
            case "exam":
                return not record.examining
            case "end":
                return True

    def _mark(self, control: Control, place: str, step: int | None) -> f.Mark | None:
        """Spell a decision as a fact; None for one that cannot hold."""
        candidate = control.candidate_id
        original = self._chronicle.request.program.candidate_id
        if candidate is None or (control.op == "veto" and candidate == original):
            return None
        fields = {
            **self._chronicle.head(f"mark.{place}:{control.id}", step),
            "candidate_id": candidate,
            "by": control.by,
            "reason": control.reason,
        }
        match control.op:
            case "pin":
                return f.CandidatePinned(**fields)
            case "unpin":
                return f.CandidateUnpinned(**fields)
            case "veto":
                return f.CandidateVetoed(**fields)
            case "unveto":
                return f.CandidateUnvetoed(**fields)
            case _:
                return None
