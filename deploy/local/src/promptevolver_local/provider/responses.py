"""OpenAI-shaped bodies: completions, stream chunks, errors and broken answers."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from promptevolver_local.provider.chat import tokens
from promptevolver_local.provider.faults import Fault

_FINGERPRINT = "simulated"
_REFUSAL = "I'm sorry, but I can't help with that."
_CHUNKS = 8


@dataclass(frozen=True, slots=True)
class Text:
    """One choice's text; `whole` is false where max_tokens cut it."""

    content: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Completion:
    number: int
    model: str
    texts: list[Text]
    prompt_tokens: int

    @property
    def usage(self) -> dict[str, int]:
        written = sum(tokens(text.content) for text in self.texts)
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": written,
            "total_tokens": self.prompt_tokens + written,
        }


def truncated(text: str, max_tokens: int | None) -> Text:
    if max_tokens is None or tokens(text) <= max_tokens:
        return Text(text, whole=True)
    return Text(text[: max_tokens * 4], whole=False)


def _head(completion: Completion, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-simulated-{completion.number}",
        "object": kind,
        "created": int(time.time()),
        "model": completion.model,
        "system_fingerprint": _FINGERPRINT,
    }


def completion_body(completion: Completion) -> dict[str, Any]:
    return _head(completion, "chat.completion") | {
        "choices": [
            {
                "index": index,
                "message": {"role": "assistant", "content": text.content},
                "finish_reason": "stop" if text.whole else "length",
            }
            for index, text in enumerate(completion.texts)
        ],
        "usage": completion.usage,
    }


def stream_chunks(completion: Completion, *, with_usage: bool) -> Iterator[bytes]:
    """Yield the payloads of the server-sent events, `[DONE]` included."""
    head = _head(completion, "chat.completion.chunk")

    def chunk(index: int, delta: dict[str, str], finish: str | None = None) -> bytes:
        choice = {"index": index, "delta": delta, "finish_reason": finish}
        return json.dumps(head | {"choices": [choice]}).encode()

    for index, text in enumerate(completion.texts):
        yield chunk(index, {"role": "assistant", "content": ""})
        step = max(1, -(-len(text.content) // _CHUNKS))
        for start in range(0, len(text.content), step):
            yield chunk(index, {"content": text.content[start : start + step]})
        yield chunk(index, {}, "stop" if text.whole else "length")
    if with_usage:
        yield json.dumps(head | {"choices": [], "usage": completion.usage}).encode()
    yield b"[DONE]"


def json_response(
    body: Any, status: int = 200, headers: dict[str, str] | None = None
) -> web.Response:
    return web.Response(
        body=json.dumps(body).encode(),
        status=status,
        headers={"x-simulated": "true"} | (headers or {}),
        content_type="application/json",
    )


def error_response(
    status: int,
    message: str,
    kind: str,
    code: str | None = None,
    headers: dict[str, str] | None = None,
) -> web.Response:
    error = {"message": message, "type": kind, "param": None, "code": code}
    return json_response(
        {"error": error, "system_fingerprint": _FINGERPRINT}, status=status, headers=headers
    )


def fault_response(fault: Fault, completion: Completion, retry_after_s: float) -> web.Response:
    """Return the response with which a fault shows itself; a timeout has none."""
    match fault:
        case Fault.RATE_LIMITED:
            wait = {"retry-after": f"{retry_after_s:g}"}
            return error_response(429, "simulated rate limit", "requests", "rate_limit", wait)
        case Fault.SERVER_ERROR:
            return error_response(500, "simulated server error", "server_error")
        case Fault.UNAUTHORIZED:
            message = "simulated: incorrect API key provided"
            return error_response(401, message, "invalid_request_error", "invalid_api_key")
        case Fault.CONTEXT_LENGTH:
            message = "simulated: this model's maximum context length is exceeded"
            return error_response(400, message, "invalid_request_error", "context_length_exceeded")
        case _:
            return _broken(fault, completion)


def _broken(fault: Fault, completion: Completion) -> web.Response:
    body = completion_body(completion)
    whole = json.dumps(body).encode()
    match fault:
        case Fault.MALFORMED:
            return _raw(whole.replace(b'"choices": [', b'"choices": {[', 1))
        case Fault.TRUNCATED:
            return _raw(whole[: len(whole) // 2])
        case Fault.EMPTY:
            return json_response(body | {"choices": []})
        case _:
            message = {"role": "assistant", "content": None, "refusal": _REFUSAL}
            choice = {"index": 0, "message": message, "finish_reason": "content_filter"}
            return json_response(body | {"choices": [choice]})


def _raw(body: bytes) -> web.Response:
    return web.Response(body=body, headers={"x-simulated": "true"}, content_type="application/json")
