from datetime import UTC, datetime

import pytest
from promptevolver_llm import faults

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, "{}", "bad_request"),
        (400, '{"error": {"code": "context_length_exceeded"}}', "over_context"),
        (400, "This model's maximum context length is 10 tokens", "over_context"),
        (413, "prompt is too long: 9 tokens", "over_context"),
        (400, '{"error": {"code": "content_filter"}}', "refused"),
        (403, '{"error": {"code": "content_policy_violation"}}', "refused"),
        (307, "", "bad_request"),
        (401, "", "bad_credentials"),
        (402, "", "bad_credentials"),
        (403, "", "bad_credentials"),
        (404, "context length", "bad_request"),
        (408, "", "timeout"),
        (409, "", "unavailable"),
        (422, "", "bad_request"),
        (429, "", "rate_limited"),
        (500, "context_length_exceeded", "unavailable"),
        (503, "", "unavailable"),
        (504, "", "timeout"),
        (529, "", "unavailable"),
    ],
)
def test_a_reply_is_classified_by_status_and_body(status: int, body: str, kind: str) -> None:
    assert faults.of_response(status, {}, body).kind == kind


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"Retry-After": "9", "retry-after-ms": "250"}, 0.25),
        ({"Retry-After": "Fri, 02 Jan 2026 03:04:35 GMT"}, 30.0),
        ({"Retry-After": "Fri, 02 Jan 2026 03:04:35 -0000"}, 30.0),
        ({"Retry-After": "Fri, 02 Jan 2026 03:00:00 GMT"}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "nan"}, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert faults.of_response(429, headers, "", NOW).retry_after_s == seconds


def test_the_message_is_the_providers_own_and_short() -> None:
    assert (
        faults.of_response(400, {}, '{"error": {"message": "top_p"}}').message == "HTTP 400: top_p"
    )
    assert len(faults.of_response(500, {}, "x" * 9000).message) < 600


def test_a_refused_key_is_not_repeated() -> None:
    fault = faults.of_response(401, {}, '{"error": {"message": "Incorrect API key: sk-12**89"}}')
    assert "sk-12" not in fault.message


class AuthenticationError(Exception):
    """As LiteLLM names it."""


def test_a_refused_key_is_not_repeated_from_an_exception() -> None:
    fault = faults.of_exception(AuthenticationError("Incorrect API key provided: sk-12**89"))
    assert fault.kind == "bad_credentials"
    assert "sk-" not in fault.message
    assert "does not accept the credentials" in fault.message


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"code": 429, "message": "slow"}, "rate_limited"),
        ({"code": "weird", "message": "boo"}, "malformed"),
        ("boo", "malformed"),
    ],
)
def test_an_error_in_a_reply_that_says_200_is_an_error(error: object, kind: str) -> None:
    assert faults.of_error_object(error).kind == kind


def test_a_key_in_such_a_reply_is_not_repeated() -> None:
    error = {"code": "invalid_api_key", "message": "Incorrect API key provided: sk-secret"}
    fault = faults.of_error_object(error)
    assert fault.kind == "bad_credentials"
    assert "sk-" not in fault.message


def test_the_cause_of_an_exception_decides() -> None:
    class WrappedError(Exception):
        pass

    try:
        try:
            raise ConnectionRefusedError
        except OSError as cause:
            raise WrappedError("key sk-1 was used") from cause
    except WrappedError as error:
        fault = faults.of_exception(error)
    assert fault.kind == "unavailable"
    assert "sk-1" not in fault.message
    assert faults.of_exception(WrappedError("?")).kind == "malformed"
    assert faults.of_exception(TimeoutError()).kind == "timeout"
