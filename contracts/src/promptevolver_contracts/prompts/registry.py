"""Prompts: making, finding, changing and deleting them."""

from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.ids import Name, RunId
from promptevolver_contracts.prompts.authors import Author
from promptevolver_contracts.prompts.guards import LabelGuard, default_guards
from promptevolver_contracts.rpc import Queries, query

Tag = Annotated[str, StringConstraints(pattern=r"^[^\s,](?:[^,\n]{0,62}[^\s,])?$")]
"""A word or a few; no comma, so that several may be written in one line."""


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


CREATE_PROMPT = query("rpc.history.create_prompt", CreatePrompt, PromptView)
GET_PROMPT = query("rpc.history.get_prompt", GetPrompt, PromptView)
LIST_PROMPTS = query("rpc.history.list_prompts", ListPrompts, PromptPage)
UPDATE_PROMPT = query("rpc.history.update_prompt", UpdatePrompt, PromptView)
DELETE_PROMPT = query("rpc.history.delete_prompt", DeletePrompt, PromptDeleted)

QUERIES: Queries = (
    CREATE_PROMPT,
    GET_PROMPT,
    LIST_PROMPTS,
    UPDATE_PROMPT,
    DELETE_PROMPT,
)
