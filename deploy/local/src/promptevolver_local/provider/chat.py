"""A chat request as the models see it: messages and the few parameters that matter."""

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any


class ChatRequestError(ValueError):
    """The body is not a chat request; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Message:
    role: str
    text: str


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """`digest` is the SHA-256 of everything that an answer may depend on."""

    model: str
    messages: tuple[Message, ...]
    digest: str
    choices: int
    max_tokens: int | None
    stream: bool
    stream_usage: bool
    response_format: dict[str, Any] | None

    @property
    def text(self) -> str:
        return "\n\n".join(message.text for message in self.messages)

    @property
    def wants_json(self) -> bool:
        kind = (self.response_format or {}).get("type")
        return kind in {"json_object", "json_schema"}

    @property
    def schema(self) -> dict[str, Any] | None:
        """The JSON Schema asked for, if any."""
        asked = (self.response_format or {}).get("json_schema")
        return asked.get("schema") if isinstance(asked, dict) else None


def parse_chat_request(body: Any) -> ChatRequest:
    """Read an OpenAI chat completion body. Raises `ChatRequestError`."""
    if not isinstance(body, dict) or not isinstance(body.get("model"), str):
        raise ChatRequestError("`model` is required")
    raw = body.get("messages")
    if not isinstance(raw, list) or not raw:
        raise ChatRequestError("`messages` must be a list with at least one message")
    model = body["model"].rpartition("/")[2]
    answered = {k: v for k, v in body.items() if k not in {"stream", "stream_options", "user"}}
    answered["model"] = model
    canonical = json.dumps(answered, sort_keys=True, separators=(",", ":"))
    return ChatRequest(
        model=model,
        messages=tuple(_message(entry) for entry in raw),
        digest=sha256(canonical.encode()).hexdigest(),
        choices=_positive(body.get("n"), "n") or 1,
        max_tokens=_positive(body.get("max_completion_tokens"), "max_completion_tokens")
        or _positive(body.get("max_tokens"), "max_tokens"),
        stream=body.get("stream") is True,
        stream_usage=(body.get("stream_options") or {}).get("include_usage") is True,
        response_format=body.get("response_format"),
    )


def _positive(value: Any, name: str) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or value < 1:
        raise ChatRequestError(f"`{name}` must be a positive integer")
    return value


def _message(entry: Any) -> Message:
    if not isinstance(entry, dict) or not isinstance(entry.get("role"), str):
        raise ChatRequestError("each message needs a `role`")
    content = entry.get("content")
    if isinstance(content, list):
        content = "\n".join(part.get("text", "") for part in content if isinstance(part, dict))
    if content is not None and not isinstance(content, str):
        raise ChatRequestError("`content` must be a string or a list of parts")
    return Message(entry["role"], content or "")


def tokens(text: str) -> int:
    """Estimate tokens as a quarter of the characters, rounded up."""
    return -(-len(text) // 4)
