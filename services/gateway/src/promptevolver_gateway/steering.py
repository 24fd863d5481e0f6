"""Which candidates people may pin and veto."""

from promptevolver_contracts.controls import MarkOp
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.history import GET_CANDIDATE, CandidateEntry, GetCandidate

from promptevolver_gateway.bus import Bus
from promptevolver_gateway.problems import Problem


async def require_steerable(bus: Bus, question: GetCandidate, op: MarkOp) -> None:
    """Raise Problem `conflict` when the candidate cannot be steered so, QueryFailed when unknown.

    One that history has not heard of yet is unknown: nobody can have seen it.
    """
    found = await bus.ask(GET_CANDIDATE, question)
    reason = refusal(found.candidate, op)
    if reason is not None:
        raise Problem(ErrorCode.CONFLICT, reason)


def refusal(candidate: CandidateEntry, op: MarkOp) -> str | None:
    """Say why a candidate cannot be steered so, None when it can."""
    match op, candidate.status:
        case "veto", "original":
            return "the original cannot be vetoed: the verdict is against it"
        case "pin", "rejected":
            return "the candidate was rejected and is not in the archive; fork the run at it"
        case _:
            return None
