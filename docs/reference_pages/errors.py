"""Error codes of the API, and faults of model calls."""

from collections.abc import Mapping
from typing import get_args

from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.faults import CANDIDATE_FAULTS, FaultKind
from promptevolver_gateway.explanations import EXPLANATIONS
from promptevolver_gateway.problems import STATUS
from promptevolver_gateway.problems import title as words

from reference_pages.markdown import code, table, title

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
`application/problem+json`). `code` is stable; `trace_id` finds the request in logs and traces.
`type` is `/errors/<code>`: there the gateway tells anybody what stands below, browsers as a page
and others as JSON.
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
    said = EXPLANATIONS[each]
    return code(each), str(STATUS[each].value), words(each), said.when, said.remedy


def _fault(kind: FaultKind) -> tuple[str, ...]:
    whose = "the candidate's" if kind in CANDIDATE_FAULTS else "infrastructure's"
    return code(kind), whose, _FAULTS[kind]
