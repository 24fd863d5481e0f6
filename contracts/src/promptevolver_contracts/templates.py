"""The library of templates: programs and run configurations with parameters, ready to run."""

from typing import Any, Literal

from pydantic import AwareDatetime, Field

from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.ids import DatasetId, Name
from promptevolver_contracts.prompts import Author
from promptevolver_contracts.rpc import Queries, query

TaskKind = Literal[
    "classification",
    "extraction",
    "summarization",
    "question_answering",
    "rewriting",
    "translation",
    "judging",
    "other",
]


class TemplateContent(Part):
    """What a template says. Two things are filled in when it is used.

    Inside texts, `{{ parameter.NAME }}` becomes the parameter as text. Elsewhere,
    `{"$parameter": "NAME"}` becomes the parameter as it is: a number, a list, …
    """

    title: str = Field(min_length=1, max_length=200)
    description: str = Field("", max_length=4000)
    task: TaskKind = "other"
    parameters: dict[str, Any] = Field(
        default_factory=dict, description="JSON Schema of each parameter, by name; with a default"
    )
    program: dict[str, Any] = Field(description="As /optimize takes it, with parameters")
    metrics: tuple[Any, ...] = Field(description="As /optimize takes them, with parameters")
    budget: dict[str, Any] = Field(description="As /optimize takes it, with parameters")
    strategy: dict[str, Any] = Field(default_factory=dict)
    models: dict[str, Any] = Field(default_factory=dict)
    settings: dict[str, Any] = Field(
        default_factory=dict, description="Other fields of /optimize: width, repeats, margin, …"
    )
    dataset_id: DatasetId | None = Field(
        None, description="Example data: a stored version that runs take when none is given"
    )


class TemplateSummary(Part):
    """A template without its content."""

    template_id: str
    name: Name = Field(description="Unique among the project's templates")
    title: str
    description: str
    task: TaskKind
    version: int = Field(description="Counts the changes; earlier ones stay readable")
    created_at: AwareDatetime
    updated_at: AwareDatetime
    updated_by: Author


class TemplateView(TemplateSummary):
    """A template at one version."""

    content: TemplateContent


class CreateTemplate(Message):
    """Make a template. The same question again answers the same template."""

    project: str
    template_id: str
    name: Name
    content: TemplateContent
    by: Actor


class GetTemplate(Message):
    """Ask for a template by its id or its name, at a version or as it is."""

    project: str
    template: str
    version: int | None = None


class ListTemplates(Message):
    """Ask for a project's templates, newest first."""

    project: str
    task: TaskKind | None = None
    before: str | None = Field(None, description="Exclusive: id of the last template seen")
    limit: int = Field(50, ge=1, le=200)


class TemplatePage(Part):
    """Templates, newest first."""

    templates: tuple[TemplateSummary, ...]
    more: bool


class UpdateTemplate(Message):
    """Write the next version of a template."""

    project: str
    template: str
    content: TemplateContent
    version: int | None = Field(None, description="Follow this version alone")
    by: Actor


class DeleteTemplate(Message):
    """Delete a template with all its versions."""

    project: str
    template: str
    version: int | None = Field(None, description="Delete it at this version alone")
    by: Actor


class TemplateDeleted(Part):
    """The template is gone."""

    template_id: str


class ListTemplateVersions(Message):
    """Ask for the versions of a template, newest first."""

    project: str
    template: str
    before: int | None = Field(None, description="Exclusive version to continue below")
    limit: int = Field(50, ge=1, le=200)


CREATE_TEMPLATE = query("rpc.history.create_template", CreateTemplate, TemplateView)
GET_TEMPLATE = query("rpc.history.get_template", GetTemplate, TemplateView)
LIST_TEMPLATES = query("rpc.history.list_templates", ListTemplates, TemplatePage)
UPDATE_TEMPLATE = query("rpc.history.update_template", UpdateTemplate, TemplateView)
DELETE_TEMPLATE = query("rpc.history.delete_template", DeleteTemplate, TemplateDeleted)
LIST_TEMPLATE_VERSIONS = query(
    "rpc.history.list_template_versions", ListTemplateVersions, TemplatePage
)
QUERIES: Queries = (
    CREATE_TEMPLATE,
    GET_TEMPLATE,
    LIST_TEMPLATES,
    UPDATE_TEMPLATE,
    DELETE_TEMPLATE,
    LIST_TEMPLATE_VERSIONS,
)
