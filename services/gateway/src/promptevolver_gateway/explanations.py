"""What each error code means and what to do: for the reference and for `/errors/<code>`."""

from collections.abc import Mapping
from typing import NamedTuple

from promptevolver_contracts.errors import ErrorCode


class Explanation(NamedTuple):
    """An error code for those who meet it; names from requests and answers stand in backticks."""

    when: str
    remedy: str


EXPLANATIONS: Mapping[ErrorCode, Explanation] = {
    ErrorCode.INVALID_REQUEST: Explanation(
        "A field is wrong, missing or contradicts another one.",
        "`errors` points at each field and says how to mend it.",
    ),
    ErrorCode.UNAUTHENTICATED: Explanation(
        "No credential came with the request, or one that is unknown, expired or revoked.",
        "Sign in or refresh; or send an API key as `Authorization: Bearer` or `X-API-Key`.",
    ),
    ErrorCode.FORBIDDEN: Explanation(
        "The caller's role or key lacks the scope that this needs.",
        "Ask an admin of the project; the detail names the scope.",
    ),
    ErrorCode.PRECONDITION_FAILED: Explanation(
        "It has changed since the `ETag` in `If-Match` was read.",
        "Read it again, then repeat the change.",
    ),
    ErrorCode.VERDICT_REQUIRED: Explanation(
        "A guarded label takes only versions whose run ended with the verdict `improved`.",
        "Promote such a winner, or send an `override` with its reason; the audit log keeps it.",
    ),
    ErrorCode.SPEND_LIMIT_REACHED: Explanation(
        "The project's runs have spent, or may still spend, what it is allowed for the day (UTC).",
        "Lower the budget in USD, wait for tomorrow, or ask an operator for a higher limit.",
    ),
    ErrorCode.RATE_LIMITED: Explanation(
        "The caller sent more requests than its limit allows.",
        "Wait for `Retry-After`; `RateLimit` says what is left.",
    ),
    ErrorCode.NOT_FOUND: Explanation(
        "There is nothing of this id in the project, or no such path.",
        "Check the id and the project.",
    ),
    ErrorCode.CONFLICT: Explanation(
        "The run's state does not allow it: an ended run cannot be paused.",
        "Read the run, then decide anew.",
    ),
    ErrorCode.IDEMPOTENCY_MISMATCH: Explanation(
        "The `Idempotency-Key` was used before with another body.",
        "Send the first body again, or use a new key.",
    ),
    ErrorCode.TOO_LARGE: Explanation(
        "The body, or a part that must fit one message, is too large.",
        "Send less, or raise the limit in the settings.",
    ),
    ErrorCode.TOO_MANY_RUNS: Explanation(
        "As many runs are active as the gateway allows.",
        "Wait for `Retry-After`, or end a run.",
    ),
    ErrorCode.CURSOR_FILTER_MISMATCH: Explanation(
        "The cursor was given for other filters.",
        "Begin again without a cursor.",
    ),
    ErrorCode.UNKNOWN_STRATEGY: Explanation(
        "No optimizer knows the strategy.",
        "`allowed` lists those that there are.",
    ),
    ErrorCode.UNKNOWN_METRIC: Explanation(
        "No evaluator knows the metric.",
        "`allowed` lists those that there are.",
    ),
    ErrorCode.UNKNOWN_DATASET: Explanation(
        "There is no complete dataset version of this id.",
        "Send the examples with the request.",
    ),
    ErrorCode.PRICE_UNKNOWN: Explanation(
        "A budget in USD needs prices, and a model's is unknown.",
        "Set `PROMPTEVOLVER_PRICES`, or cap calls or tokens instead.",
    ),
    ErrorCode.BUDGET_TOO_SMALL: Explanation(
        "A cap leaves no room for scoring the original and for the sealed exam.",
        "Raise the cap that `detail` names, or use fewer examples.",
    ),
    ErrorCode.GAVE_UP: Explanation(
        "No optimizer could drive the run, however often it was tried.",
        "`detail` and the dead letter have the reason; mend it and start the run anew.",
    ),
    ErrorCode.UNAVAILABLE: Explanation(
        "A part that is needed does not answer.",
        "Wait for `Retry-After`, then send the same request again.",
    ),
    ErrorCode.INTERNAL: Explanation(
        "Something broke on our side.",
        "The log has it under `trace_id`; please report it.",
    ),
}
