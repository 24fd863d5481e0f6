"""The registry of prompts: programs in immutable versions, and labels that point to them."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.facts import Comparison, Verdict
from promptevolver_contracts.ids import CandidateId, Name, RunId
from promptevolver_contracts.programs import Program
from promptevolver_contracts.rpc import Queries, query

LATEST = "latest"
"""The label that follows the newest version by itself; nobody moves it."""

Tag = Annotated[str, StringConstraints(pattern=r"^[^\s,](?:[^,\n]{0,62}[^\s,])?$")]
"""A word or a few; no comma, so that several may be written in one line."""

PROGRAM_BYTES = 200_000
"""Largest program of a version, as JSON."""

MoveKind = Literal["moved", "rolled_back", "removed"]


class Author(Part):
    """Who made something, as it is shown."""

    id: str
    name: str = ""


class LabelGuard(Part):
    """What a move of a label needs."""

    verdict: bool = Field(
        default=True,
        description="The version must have won a run with the verdict `improved`, of a real "
        "provider unless the installation is simulated; else the move needs an override with a "
        "reason",
    )
    admins_only: bool = Field(default=False, description="Whether admins alone may move it")


def default_guards() -> dict[str, LabelGuard]:
    """Give the guards of a prompt that says nothing else."""
    return {"production": LabelGuard()}


class Override(Part):
    """The decision to move a guarded label without the verdict that it needs."""

    reason: str = Field(min_length=1, max_length=1000, description="Kept in the audit log")


class VersionOrigin(Part):
    """The run that a version comes from, as it stood when the version was made."""

    run_id: RunId
    candidate_id: CandidateId
    parents: tuple[CandidateId, ...] = Field(default=(), description="Of the candidate, in its run")
    verdict: Verdict | None = Field(
        None, description="Of the run; null when the candidate is not its winner"
    )
    comparison: Comparison | None = Field(None, description="What the verdict rests on")
    simulated: bool = Field(default=False, description="Whether a simulated provider answered")


class PromptView(Part):
    """A prompt with where its labels point."""

    prompt_id: str
    project: str
    name: Name = Field(description="Unique in the project")
    description: str = ""
    tags: tuple[str, ...] = ()
    guards: dict[str, LabelGuard] = Field(
        default_factory=default_guards, description="What moves of labels need, by label"
    )
    labels: dict[str, int] = Field(
        default_factory=dict, description="Version number by label, `latest` included"
    )
    latest: int | None = Field(None, description="Number of the newest version")
    revision: int = Field(description="Counts the changes of name, description, tags and guards")
    created_at: AwareDatetime
    created_by: Author
    updated_at: AwareDatetime


class VersionSummary(Part):
    """A version without its program."""

    prompt_id: str
    number: int = Field(ge=1)
    candidate_id: CandidateId = Field(description="Hash of stages and texts, as runs name it")
    program_hash: str = Field(description="SHA-256 of the whole program in canonical form")
    note: str = ""
    parent: int | None = Field(None, description="The version that it was made from")
    origin: VersionOrigin | None = Field(None, description="Null for a version made by hand")
    created_at: AwareDatetime
    created_by: Author


class VersionView(VersionSummary):
    """A version: a program that never changes."""

    program: Program


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


class CreatePrompt(Message):
    """Make a prompt without versions. The same question again answers the same prompt."""

    project: str
    prompt_id: str
    name: Name
    description: str = ""
    tags: tuple[str, ...] = ()
    guards: dict[str, LabelGuard] = Field(default_factory=default_guards)
    by: Actor


class GetPrompt(Message):
    """Ask for a prompt by its id or its name."""

    project: str
    prompt: str


class ListPrompts(Message):
    """Ask for prompts, newest first."""

    project: str
    name: str | None = None
    tag: str | None = None
    run_id: RunId | None = Field(None, description="Those with a version made by this run")
    before: str | None = Field(None, description="Exclusive: id of the last prompt seen")
    limit: int = Field(50, ge=1, le=200)


class PromptPage(Part):
    """Prompts, newest first."""

    prompts: tuple[PromptView, ...]
    more: bool


class UpdatePrompt(Message):
    """Change what is not null."""

    project: str
    prompt: str
    name: Name | None = None
    description: str | None = None
    tags: tuple[str, ...] | None = None
    guards: dict[str, LabelGuard] | None = None
    revision: int | None = Field(None, description="Change this revision alone")
    by: Actor


class DeletePrompt(Message):
    """Delete a prompt with its versions, unless a guarded label points to one."""

    project: str
    prompt: str
    by: Actor


class PromptDeleted(Part):
    """The prompt is gone."""

    prompt_id: str


class Found(Part):
    """What a run found: one of its candidates."""

    run_id: RunId
    candidate_id: CandidateId | None = Field(None, description="Null for the run's winner")


class AddVersion(Message):
    """Make a version: of a program, or of what a run found. An equal one is not made twice."""

    project: str
    prompt: str
    source: Program | Found
    parent: int | None = Field(None, description="Null for the newest version")
    note: str = ""
    by: Actor


class VersionAdded(Part):
    """The version, and whether it is new."""

    version: VersionView
    created: bool


class GetVersion(Message):
    """Ask for a version."""

    project: str
    prompt: str
    number: int


class ListVersions(Message):
    """Ask for a prompt's versions, newest first."""

    project: str
    prompt: str
    run_id: RunId | None = Field(None, description="Those made by this run")
    before: int | None = Field(None, description="Exclusive number to continue below")
    limit: int = Field(50, ge=1, le=200)


class VersionPage(Part):
    """Versions, newest first."""

    versions: tuple[VersionSummary, ...]
    more: bool


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


class Promote(Message):
    """Make a version of what a run found, when there is none yet, and point a label to it."""

    project: str
    prompt: str
    source: Found
    label: Name
    note: str = ""
    reason: str = ""
    override: Override | None = None
    revision: int | None = Field(None, description="Move the label from this revision alone")
    admin: bool = False
    simulated: bool = Field(
        default=False,
        description="Whether the installation is simulated: its guards take simulated verdicts",
    )
    by: Actor


class Promoted(Part):
    """The version and the label that points to it."""

    version: VersionView
    created: bool = Field(description="Whether the version is new")
    label: LabelView


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


CREATE_PROMPT = query("rpc.history.create_prompt", CreatePrompt, PromptView)
GET_PROMPT = query("rpc.history.get_prompt", GetPrompt, PromptView)
LIST_PROMPTS = query("rpc.history.list_prompts", ListPrompts, PromptPage)
UPDATE_PROMPT = query("rpc.history.update_prompt", UpdatePrompt, PromptView)
DELETE_PROMPT = query("rpc.history.delete_prompt", DeletePrompt, PromptDeleted)
ADD_VERSION = query("rpc.history.add_prompt_version", AddVersion, VersionAdded)
GET_VERSION = query("rpc.history.get_prompt_version", GetVersion, VersionView)
LIST_VERSIONS = query("rpc.history.list_prompt_versions", ListVersions, VersionPage)
GET_LABELLED = query("rpc.history.get_labelled_version", GetLabelled, LabelledVersion)
MOVE_LABEL = query("rpc.history.move_label", MoveLabel, LabelView)
REMOVE_LABEL = query("rpc.history.remove_label", RemoveLabel, LabelMove)
ROLL_BACK_LABEL = query("rpc.history.roll_back_label", RollBackLabel, LabelView)
LIST_MOVES = query("rpc.history.list_label_moves", ListMoves, MovePage)
PROMOTE = query("rpc.history.promote", Promote, Promoted)
QUERIES: Queries = (
    CREATE_PROMPT,
    GET_PROMPT,
    LIST_PROMPTS,
    UPDATE_PROMPT,
    DELETE_PROMPT,
    ADD_VERSION,
    GET_VERSION,
    LIST_VERSIONS,
    GET_LABELLED,
    MOVE_LABEL,
    REMOVE_LABEL,
    ROLL_BACK_LABEL,
    LIST_MOVES,
    PROMOTE,
)
