"""Who does something, as every change says it and the audit log keeps it."""

import json

from pydantic import Field

from promptevolver_contracts.base import Part


class Actor(Part):
    """The caller of a request that changes something."""

    id: str = Field(max_length=100, description="`user:<id>`, `key:<id>`, `local` or `system`")
    name: str = Field("", max_length=200, description="Name for people to read")
    address: str = Field("", max_length=100, description="Network address of the caller")
    trace_id: str | None = Field(None, description="Trace of the request")

    def spelled(self) -> str:
        """Spell it as the value of a header: JSON, in letters that every header may have."""
        return json.dumps(self.model_dump(exclude_none=True))


SYSTEM = Actor(id="system", name="system")
"""What happens without a caller."""
