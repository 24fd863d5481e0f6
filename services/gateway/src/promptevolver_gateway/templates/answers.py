"""What the routes of templates answer."""

from typing import Any, Literal

from promptevolver_contracts.prompts import Author
from promptevolver_contracts.templates import (
    TaskKind,
    TemplateContent,
    TemplateSummary,
    TemplateView,
)
from pydantic import AwareDatetime, BaseModel, Field

from promptevolver_gateway.answers import Page
from promptevolver_gateway.templates.library import BuiltIn

Source = Literal["builtin", "project"]


class TemplateRow(BaseModel):
    """A template without its content."""

    template_id: str
    name: str
    source: Source = Field(description="Built-in templates are read-only; copy them to change them")
    title: str
    description: str
    task: TaskKind
    version: int
    examples: int | None = Field(description="Of built-in templates: how many come along; invented")
    updated_at: AwareDatetime | None = Field(description="Null for a built-in template")
    updated_by: Author | None = Field(description="Null for a built-in template")


class TemplateAnswer(TemplateRow):
    """A template at one version."""

    content: TemplateContent


class TemplateList(BaseModel):
    """Built-in templates by name, then the project's, newest first."""

    data: tuple[TemplateRow, ...]
    page: Page


class TemplateInstance(BaseModel):
    """A template filled in."""

    template_id: str
    version: int
    parameters: dict[str, Any] = Field(description="Every parameter with the value that it has")
    request: dict[str, Any] = Field(description="As POST /optimize takes it")


def row_of(template: TemplateSummary) -> TemplateRow:
    """Show a project's template in a list."""
    return TemplateRow(**_said(template))


def answer_of(template: TemplateView) -> TemplateAnswer:
    """Show a project's template."""
    return TemplateAnswer(**_said(template), content=template.content)


def builtin_row(template: BuiltIn) -> TemplateRow:
    """Show a built-in template in a list."""
    return TemplateRow(**_built(template))


def builtin_answer(template: BuiltIn) -> TemplateAnswer:
    """Show a built-in template."""
    return TemplateAnswer(**_built(template), content=template.content)


def _said(template: TemplateSummary) -> dict[str, Any]:
    return {
        **{name: getattr(template, name) for name in TemplateSummary.model_fields},
        "source": "project",
        "examples": None,
    }


def _built(template: BuiltIn) -> dict[str, Any]:
    return {
        "template_id": template.template_id,
        "name": template.template_id,
        "source": "builtin",
        "title": template.content.title,
        "description": template.content.description,
        "task": template.content.task,
        "version": 1,
        "examples": len(template.examples),
        "updated_at": None,
        "updated_by": None,
    }
