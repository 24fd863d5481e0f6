"""Keeping results within the size of a message: texts are cut at the end, and marked."""

from promptevolver_contracts import subjects
from promptevolver_contracts.faults import Fault
from promptevolver_contracts.outcomes import OUTPUT_CHARS, Outcome, ShardResult
from promptevolver_contracts.streams import KIB, MESSAGE_BYTES

RESULT_BYTES = MESSAGE_BYTES - 8 * KIB
"""What the body may take; the rest is for headers."""
MARK = "… [cut]"


def cut(text: str, limit: int) -> str:
    """Shorten to `limit` characters, the mark included."""
    if len(text) <= limit:
        return text
    return text[: limit - len(MARK)] + MARK if limit > len(MARK) else ""


def fit(result: ShardResult, limit: int = RESULT_BYTES) -> ShardResult:
    """Cut texts to the longest length, halved until the result takes at most `limit` bytes.

    Scores, classes and spend stay as they are; at the end even the stages' names go.
    """
    chars = OUTPUT_CHARS
    fitted = _with_texts_of(result, chars)
    while len(subjects.RESULTS.encode(fitted)) > limit and chars > 0:
        chars //= 2
        fitted = _with_texts_of(result, chars)
    return fitted


def _with_texts_of(result: ShardResult, chars: int) -> ShardResult:
    outcomes = tuple(_shortened(outcome, chars) for outcome in result.outcomes)
    return result.model_copy(update={"outcomes": outcomes})


def _shortened(outcome: Outcome, chars: int) -> Outcome:
    stages = tuple(
        stage.model_copy(update={"output": cut(stage.output, chars)}) for stage in outcome.stages
    )
    return outcome.model_copy(
        update={
            "output": cut(outcome.output, chars),
            "feedback": cut(outcome.feedback, chars),
            "stages": stages if chars else (),
            "fault": outcome.fault and _shorter(outcome.fault, chars),
        }
    )


def _shorter(fault: Fault, chars: int) -> Fault:
    return fault.model_copy(update={"message": cut(fault.message, chars)})
