"""Identifiers, and how the derived ones are derived."""

import os
import time
from typing import Annotated, NewType
from uuid import UUID, uuid5

from pydantic import StringConstraints

from promptevolver_contracts.base import digest

RunId = NewType("RunId", str)
CandidateId = NewType("CandidateId", str)
DatasetId = NewType("DatasetId", str)
ShardId = NewType("ShardId", str)
EffectId = NewType("EffectId", str)

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
"""A name that may appear in a subject, a URL or a column: lower case, digits, `_` and `-`."""

ProjectId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""A project's id; `default` is there from the start."""

_RUNS = UUID("6f0b6c5e-3f43-5d0c-9c0e-2c1b1d0a7f11")


def run_id_for(project: str, idempotency_key: str) -> RunId:
    """Derive the run's id, so that a request sent twice with one key is one run."""
    return RunId(str(uuid5(_RUNS, f"{project}\n{idempotency_key}")))


def shard_id(effect: str, part: int, attempt: int = 1) -> ShardId:
    """Name part `part` of a scoring effect; a later attempt gets its own id (`~2`, `~3`, …).

    Subject tokens allow no dots, so those of the effect become dashes.
    """
    stem = f"{effect.replace('.', '-')}-{part}"
    return ShardId(stem if attempt == 1 else f"{stem}~{attempt}")


def dataset_id_for(examples: list[dict[str, object]]) -> DatasetId:
    """Derive a dataset version's id from its examples, in order."""
    return DatasetId(digest(examples))


def new_id() -> str:
    """Make an id that sorts by the time of its making: UUID version 7 (RFC 9562)."""
    milliseconds = time.time_ns() // 1_000_000
    value = milliseconds << 80 | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 0x7 << 76
    return str(UUID(int=value & ~(0x3 << 62) | 0x2 << 62))
