"""What the routes of the registry answer."""

from promptevolver_contracts.prompts import LabelMove, PromptView, VersionSummary
from pydantic import BaseModel

from promptevolver_gateway.answers import Page


class PromptList(BaseModel):
    """Prompts, newest first."""

    data: tuple[PromptView, ...]
    page: Page


class VersionList(BaseModel):
    """Versions, newest first, without their programs."""

    data: tuple[VersionSummary, ...]
    page: Page


class MoveList(BaseModel):
    """Moves of a label, newest first."""

    data: tuple[LabelMove, ...]
    page: Page
