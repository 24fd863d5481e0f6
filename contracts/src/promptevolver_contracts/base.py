"""What every message shares: frozen, tolerant of unknown fields, with a canonical form."""

import hashlib
import json
from typing import Any

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A frozen value inside a message; fields that a newer writer added are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Message(Part):
    """A whole message. `v` is its schema version; only optional fields may be added within one."""

    v: int = 1


def canonical(value: Any) -> bytes:
    """Give the one JSON spelling of a value: sorted keys, no blanks, UTF-8.

    Models are dumped with every field, so a default that is spelt out changes nothing.
    """
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    return json.dumps(
        plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def digest(value: Any) -> str:
    """Give the SHA-256 of the canonical form, in hex."""
    return hashlib.sha256(canonical(value)).hexdigest()
