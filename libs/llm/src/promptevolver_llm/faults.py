"""What went wrong, read from a provider's reply or from an exception of either route."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from promptevolver_contracts.faults import Fault, FaultKind

_TEXT_LIMIT = 500

_BY_STATUS: dict[int, FaultKind] = {
    401: "bad_credentials",
    402: "bad_credentials",
    403: "bad_credentials",
    408: "timeout",
    409: "unavailable",
    425: "unavailable",
    429: "rate_limited",
    504: "timeout",
}

_REFUSAL_MARKS = (
    "content_filter",
    "content_policy_violation",
    "content management policy",
    "responsibleaipolicyviolation",
)
_CONTEXT_MARKS = (
    "context_length_exceeded",
    "maximum context",
    "context length",
    "context window",
    "context size",
    "prompt is too long",
)

# LiteLLM wraps the exceptions of several HTTP clients in its own, and importing them all to compare
# classes would take seconds: so classes are told apart by name, own and inherited.
# The first name that fits decides: a connection that timed out is a timeout.
_JUDGED_BY_LITELLM: dict[str, FaultKind] = {
    "ContextWindowExceededError": "over_context",
    "ContentPolicyViolationError": "refused",
}
_KEY_MARKS = ("api_key", "api key", "authentication")
"""What an error object says when it has no status and the key is at fault."""

_BY_CLASS: dict[str, FaultKind] = {
    "TimeoutError": "timeout",
    "TimeoutException": "timeout",
    "ClientPayloadError": "malformed",
    "ClientResponseError": "malformed",
    "JSONDecodeError": "malformed",
    "RemoteProtocolError": "malformed",
    "DecodingError": "malformed",
    "ClientConnectionError": "unavailable",
    "TransportError": "unavailable",
    "OSError": "unavailable",
    "InvalidURL": "bad_request",
    "AuthenticationError": "bad_credentials",
    "PermissionDeniedError": "bad_credentials",
    "RateLimitError": "rate_limited",
    "APITimeoutError": "timeout",
    "NotFoundError": "bad_request",
    "BadRequestError": "bad_request",
    "UnprocessableEntityError": "bad_request",
    "ServiceUnavailableError": "unavailable",
}


def of_response(
    status: int, headers: Mapping[str, str], body: str, now: datetime | None = None
) -> Fault:
    """Classify an HTTP reply that is no answer."""
    kind = _kind_of_response(status, body)
    return Fault(
        kind=kind,
        message=_said(kind, f"HTTP {status}", _message_in(body)),
        retry_after_s=retry_after(headers, now or datetime.now(UTC)),
    )


def of_exception(error: BaseException) -> Fault:
    """Classify what an HTTP client or LiteLLM raised.

    An exception of unknown kind is `malformed`: the provider was reached and its reply was of no
    use.
    """
    for name in _class_names(error):
        if name in _JUDGED_BY_LITELLM:
            return Fault(kind=_JUDGED_BY_LITELLM[name], message=_short(str(error)))
    chain = list(_chain(error))
    for link in chain:
        if "HTTPStatusError" in _class_names(link):
            response = link.response  # type: ignore[attr-defined]  # httpx's, known by name
            return of_response(response.status_code, response.headers, _text_of(response))
        if type(link) is Exception and hasattr(link, "status_code"):
            # LiteLLM's way to report an error object in a reply that says 200.
            return of_error_object({"code": link.status_code, "message": str(vars(link))})
    for link in reversed(chain):
        names = _class_names(link)
        kind = next((kind for name, kind in _BY_CLASS.items() if name in names), None)
        if kind is not None:
            return Fault(kind=kind, message=_said(kind, type(link).__name__, str(link)))
    return Fault(kind="malformed", message=_short(str(error) or type(error).__name__))


def of_error_object(error: Any) -> Fault:
    """Classify the error object of a reply that says 200, as gateways to many models send."""
    code = error.get("code") if isinstance(error, Mapping) else None
    text = json.dumps(error, default=str)
    if isinstance(code, int) and 400 <= code < 600:
        return of_response(code, {}, text)
    if any(mark in text.lower() for mark in _KEY_MARKS):
        return Fault(
            kind="bad_credentials", message=_said("bad_credentials", "error in the reply", text)
        )
    return Fault(kind="malformed", message=_short(f"error in the reply: {text}"))


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Give the seconds that the provider asks to wait, None when it asks nothing readable."""
    given = {name.lower(): value.strip() for name, value in headers.items()}
    if (milliseconds := _number(given.get("retry-after-ms"))) is not None:
        return milliseconds / 1000
    value = given.get("retry-after")
    if value is None:
        return None
    if (seconds := _number(value)) is not None:
        return seconds
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - now).total_seconds())


def _kind_of_response(status: int, body: str) -> FaultKind:
    text = body.lower()
    if status in {400, 403, 413, 422}:
        if any(mark in text for mark in _REFUSAL_MARKS):
            return "refused"
        if status != 403 and any(mark in text for mark in _CONTEXT_MARKS):
            return "over_context"
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return "unavailable" if status >= 500 else "bad_request"


def _said(kind: FaultKind, source: str, text: str) -> str:
    if kind == "bad_credentials":
        # Providers repeat a part of the key here.
        return f"{source}: the provider does not accept the credentials"
    return _short(f"{source}: {text}")


def _message_in(body: str) -> str:
    try:
        parsed = json.loads(body)
        return str(parsed["error"]["message"])
    except (ValueError, TypeError, LookupError):
        return body


def _short(text: str) -> str:
    return text if len(text) <= _TEXT_LIMIT else f"{text[:_TEXT_LIMIT]}…"


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text is not None else -1.0
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None


def _text_of(response: Any) -> str:
    try:
        return str(response.text)
    except RuntimeError:  # httpx's, when the body was streamed and not read
        return ""


def _class_names(error: BaseException) -> tuple[str, ...]:
    return tuple(cls.__name__ for cls in type(error).__mro__)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
