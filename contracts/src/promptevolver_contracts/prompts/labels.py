"""Labels: where they point, and how they move."""

from typing import Literal

from pydantic import AwareDatetime, Field

from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.facts import Verdict
from promptevolver_contracts.ids import Name
from promptevolver_contracts.prompts.authors import Author
from promptevolver_contracts.prompts.guards import Override
from promptevolver_contracts.prompts.versions import VersionView
from promptevolver_contracts.rpc import Queries, query

LATEST = "latest"
"""The label that follows the newest version by itself; nobody moves it."""
MoveKind = Literal["moved", "rolled_back", "removed"]


class LabelView(Part):
    """Where a label points."""

    prompt_id: str
    name: Name = Field(description="Of the prompt")
    label: Name
    version: int
    revision: int = Field(description="Number of the move that brought it here")
    reason: str = ""
    moved_at: AwareDatetime
    moved_by: Author


class LabelledVersion(Part):
    """What an application fetches: the version that a label points to."""

    label: LabelView
    version: VersionView


class LabelMove(Part):
    """One move of a label."""

    number: int = Field(description="Grows with every move")
    label: Name
    kind: MoveKind
    before: int | None = Field(description="Version before; null when it pointed nowhere")
    after: int | None = Field(description="Version after; null when it was removed")
    verdict: Verdict | None = Field(None, description="Of the version that it moved to")
    override: str | None = Field(
        None, description="Why the needed verdict was set aside; null when it was not"
    )
    reason: str = ""
    at: AwareDatetime
    by: Author


class GetLabelled(Message):
    """Ask for the version that a label points to."""

    project: str
    prompt: str
    label: str


class MoveLabel(Message):
    """Point a label to a version."""

    project: str
    prompt: str
    label: Name
    version: int
    reason: str = ""
    override: Override | None = None
    revision: int | None = Field(None, description="Move it from this revision alone")
    admin: bool = Field(default=False, description="Whether the caller is an admin")
    simulated: bool = Field(
        default=False,
        description="Whether the installation is simulated: its guards take simulated verdicts",
    )
    by: Actor


class RemoveLabel(Message):
    """Let a label point nowhere."""

    project: str
    prompt: str
    label: Name
    reason: str = ""
    revision: int | None = Field(None, description="Remove this revision alone")
    admin: bool = False
    by: Actor


class RollBackLabel(Message):
    """Point a label to where it pointed before; again, to where it pointed before that."""

    project: str
    prompt: str
    label: Name
    reason: str = ""
    revision: int | None = Field(None, description="Move it from this revision alone")
    admin: bool = False
    by: Actor


class ListMoves(Message):
    """Ask for the moves of a label, newest first."""

    project: str
    prompt: str
    label: str
    before: int | None = Field(None, description="Exclusive number to continue below")
    limit: int = Field(50, ge=1, le=200)


class MovePage(Part):
    """Moves of a label, newest first."""

    moves: tuple[LabelMove, ...]
    more: bool


GET_LABELLED = query("rpc.history.get_labelled_version", GetLabelled, LabelledVersion)
MOVE_LABEL = query("rpc.history.move_label", MoveLabel, LabelView)
REMOVE_LABEL = query("rpc.history.remove_label", RemoveLabel, LabelMove)
ROLL_BACK_LABEL = query("rpc.history.roll_back_label", RollBackLabel, LabelView)
LIST_MOVES = query("rpc.history.list_label_moves", ListMoves, MovePage)

QUERIES: Queries = (
    GET_LABELLED,
    MOVE_LABEL,
    REMOVE_LABEL,
    ROLL_BACK_LABEL,
    LIST_MOVES,
)
