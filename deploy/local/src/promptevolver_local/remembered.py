"""The last run that `make run` submitted, so that the next one can go on with it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self
from uuid import uuid4


@dataclass(frozen=True, slots=True)
class Remembered:
    """A request by its digest, the idempotency key that it was sent with, and its run."""

    request: str
    key: str
    run_id: str | None = None

    @classmethod
    def fresh(cls, request: str) -> Self:
        return cls(request=request, key=str(uuid4()))

    @classmethod
    def load(cls, var: Path) -> Self | None:
        """Read what was kept; None when nothing usable was."""
        try:
            return cls(**json.loads(_file(var).read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def save(self, var: Path) -> None:
        draft = _file(var).with_suffix(".tmp")
        draft.write_text(json.dumps(asdict(self)))
        draft.replace(_file(var))


def _file(var: Path) -> Path:
    return var / "last-run.json"
