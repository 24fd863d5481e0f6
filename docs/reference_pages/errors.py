"""Error codes of the API, and faults of model calls."""

from collections.abc import Mapping
from typing import get_args

from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.faults import CANDIDATE_FAULTS, FaultKind
from promptevolver_gateway.problems import STATUS
from promptevolver_gateway.problems import title as words

from reference_pages.markdown import code, table, title

_CODES: Mapping[ErrorCode, tuple[str, str]] = {
    ErrorCode.INVALID_REQUEST: (
        "A field is wrong, missing or contradicts another one.",
        "`errors` points at each field and says how to mend it.",
    ),
    ErrorCode.UNAUTHENTICATED: (
        "No credential came with the request, or one that is unknown, expired or revoked.",
        "Sign in or refresh; or send an API key as `Authorization: Bearer` or `X-API-Key`.",
    ),
    ErrorCode.FORBIDDEN: (
        "The caller's role or key lacks the scope that this needs.",
        "Ask an admin of the project; the detail names the scope.",
    ),
    ErrorCode.PRECONDITION_FAILED: (
        "It has changed since the `ETag` in `If-Match` was read.",
        "Read it again, then repeat the change.",
    ),
    ErrorCode.VERDICT_REQUIRED: (
        "A guarded label takes only versions whose run ended with the verdict `improved`.",
        "Promote such a winner, or send an `override` with its reason; the audit log keeps it.",
    ),
    ErrorCode.SPEND_LIMIT_REACHED: (
        "The project's runs have spent, or may still spend, what it is allowed for the day (UTC).",
        "Lower the budget in USD, wait for tomorrow, or ask an operator for a higher limit.",
    ),
    ErrorCode.RATE_LIMITED: (
        "The caller sent more requests than its limit allows.",
        "Wait for `Retry-After`; `RateLimit` says what is left.",
    ),
    ErrorCode.NOT_FOUND: (
        "There is nothing of this id in the project, or no such path.",
        "Check the id and the project.",
    ),
    ErrorCode.CONFLICT: (
        "The run's state does not allow it: an ended run cannot be paused.",
        "Read the run, then decide anew.",
    ),
    ErrorCode.IDEMPOTENCY_MISMATCH: (
        "The `Idempotency-Key` was used before with another body.",
        "Send the first body again, or use a new key.",
    ),
    ErrorCode.TOO_LARGE: (
        "The body, or a part that must fit one message, is too large.",
        "Send less, or raise the limit in the settings.",
    ),
    ErrorCode.TOO_MANY_RUNS: (
        "As many runs are active as the gateway allows.",
        "Wait for `Retry-After`, or end a run.",
    ),
    ErrorCode.CURSOR_FILTER_MISMATCH: (
        "The cursor was given for other filters.",
        "Begin again without a cursor.",
    ),
    ErrorCode.UNKNOWN_STRATEGY: (
        "No optimizer knows the strategy.",
        "`allowed` lists those that there are.",
    ),
    ErrorCode.UNKNOWN_METRIC: (
        "No evaluator knows the metric.",
        "`allowed` lists those that there are.",
    ),
    ErrorCode.UNKNOWN_DATASET: (
        "There is no complete dataset version of this id.",
        "Send the examples with the request.",
    ),
    ErrorCode.PRICE_UNKNOWN: (
        "A budget in USD needs prices, and a model's is unknown.",
        "Set `PROMPTEVOLVER_PRICES`, or cap calls or tokens instead.",
    ),
    ErrorCode.BUDGET_TOO_SMALL: (
        "A cap leaves no room for scoring the original and for the sealed exam.",
        "Raise the cap that `detail` names, or use fewer examples.",
    ),
    ErrorCode.GAVE_UP: (
        "No optimizer could drive the run, however often it was tried.",
        "`detail` and the dead letter have the reason; mend it and start the run anew.",
    ),
    ErrorCode.UNAVAILABLE: (
        "A part that is needed does not answer.",
        "Wait for `Retry-After`, then send the same request again.",
    ),
    ErrorCode.INTERNAL: (
        "Something broke on our side.",
        "The log has it under `trace_id`; please report it.",
    ),
}
_FAULTS: Mapping[FaultKind, str] = {
    "rate_limited": "The provider asks for patience (429).",
    "timeout": "No answer came in time.",
    "unavailable": "The provider cannot be reached, or answers with a 5xx.",
    "malformed": "The provider's answer cannot be read.",
    "bad_credentials": "The key is missing, wrong or without permission.",
    "bad_request": "The provider refuses the request as it stands, for example its model's name.",
    "refused": "The model, or the provider's content filter, declines to answer.",
    "over_context": "The prompt is longer than the model takes.",
    "unusable_output": "The answer is not what the stage's output schema demands.",
}


_INTRODUCTION = """The API answers errors as problem details (RFC 9457,
`application/problem+json`). `code` is stable; `type` is `/errors/<code>`; `trace_id` finds the
request in logs and traces.
"""


def page() -> str:
    """Give the whole page. Raises KeyError for a code or kind that nobody explained."""
    return "\n".join(
        [
            title("Errors"),
            _INTRODUCTION,
            table(("Code", "Status", "Title", "When", "What to do"), map(_code, ErrorCode)),
            "## Faults of model calls\n",
            (
                "A candidate's fault is an outcome with score 0. All others are infrastructure's: "
                "they are retried, never scored, and pause the run when they persist.\n"
            ),
            table(("Kind", "Whose", "When"), map(_fault, get_args(FaultKind))),
        ]
    )


def _code(each: ErrorCode) -> tuple[str, ...]:
    when, remedy = _CODES[each]
    return code(each), str(STATUS[each].value), words(each), when, remedy


def _fault(kind: FaultKind) -> tuple[str, ...]:
    whose = "the candidate's" if kind in CANDIDATE_FAULTS else "infrastructure's"
    return code(kind), whose, _FAULTS[kind]
