"""What the API takes and gives about reports; made by derive.py from the document."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from promptevolver_client.model import Model

__all__ = ["ReportBody", "SideBody"]


class ReportBody(Model):
    """What to report on."""

    kind: Literal["run", "comparison"]
    format: Literal["html", "pdf"] = "html"
    runs: list[SideBody]
    """Of a comparison the baseline first"""
    split: Literal["train", "validation", "test"] | None = None
    margin: float | None = None
    confidence: float = 0.95
    gates: list[str] = Field(default_factory=lambda: ["score"])


class SideBody(Model):
    """A run, or one of its candidates."""

    run_id: str
    candidate_id: str | None = None
    """Without it the winner, else the best so far"""
