"""What the API takes and gives about prompts versions; made by derive.py from the document."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from promptevolver_client.model import Model
from promptevolver_client.models.prompts import VersionOrigin
from promptevolver_client.models.shared import Author, ChatMessage, Page, Parameters, ProgramBody

__all__ = [
    "FieldChange",
    "ProgramDifference",
    "RenderBody",
    "Rendered",
    "RenderedStage",
    "StageChange",
    "TextChange",
    "VersionBody",
    "VersionList",
    "VersionSummary",
]


class FieldChange(Model):
    """A setting with another value."""

    field: str
    """Path of the field, as `parameters.temperature`"""
    before: Any
    """Null where there was none"""
    after: Any
    """Null where there is none"""


class ProgramDifference(Model):
    """What differs between two versions; what is equal is left out."""

    prompt_id: str
    before: int
    after: int
    equal: bool
    components: list[TextChange]
    stages: list[StageChange]
    fields: list[FieldChange]
    """Name, and the order of the stages"""


class RenderBody(Model):
    """What fills the placeholders."""

    inputs: dict[str, Any] | None = None
    outputs: dict[str, str] | None = None
    """What earlier stages gave, for the stages that use it"""


class Rendered(Model):
    """A version's stages, filled."""

    prompt_id: str
    number: int
    stages: list[RenderedStage]


class RenderedStage(Model):
    """One model call, ready to be sent."""

    stage: str
    messages: list[ChatMessage] | None
    """Byte for byte what is sent; null while `needs` names something"""
    needs: list[str]
    """Stages whose outputs are missing in `outputs`"""
    parameters: Parameters
    response_format: dict[str, Any] | None
    model: str | None
    """A model for this stage alone; else your own choice"""


class StageChange(Model):
    """A stage that differs."""

    name: str
    change: Literal["added", "removed", "changed"]
    messages: list[TextChange]
    fields: list[FieldChange]


class TextChange(Model):
    """A text that differs."""

    name: str
    """Of the component, or `0:system` for a message"""
    change: Literal["added", "removed", "changed"]
    diff: str
    """Unified diff, without file names"""
    lines_added: int
    lines_removed: int
    fields: list[FieldChange]
    """What differs beside the text"""


class VersionBody(Model):
    """A program, or what a run found."""

    program: ProgramBody | None = None
    run_id: str | None = None
    """Take what this run ended with"""
    candidate_id: str | None = None
    """Take this candidate of the run"""
    parent: int | None = None
    """The version that it was made from; by default the newest"""
    note: str = ""


class VersionList(Model):
    """Versions, newest first, without their programs."""

    data: list[VersionSummary]
    page: Page


class VersionSummary(Model):
    """A version without its program."""

    prompt_id: str
    number: int
    candidate_id: str
    """Hash of stages and texts, as runs name it"""
    program_hash: str
    """SHA-256 of the whole program in canonical form"""
    note: str = ""
    parent: int | None = None
    """The version that it was made from"""
    origin: VersionOrigin | None = None
    """Null for a version made by hand"""
    created_at: datetime
    created_by: Author
