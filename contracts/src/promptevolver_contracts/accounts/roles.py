"""What somebody may do: a member by role, a key by scopes."""

from typing import Literal

Role = Literal["viewer", "editor", "admin"]
Scope = Literal[
    "runs:read",
    "runs:write",
    "data:read",
    "data:write",
    "prompts:read",
    "prompts:write",
    "feedback:read",
    "feedback:write",
    "exports:write",
    "webhooks:write",
    "admin",
]
