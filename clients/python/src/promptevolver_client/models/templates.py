"""What the API takes and gives about templates; made by derive.py from the document."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from promptevolver_client.model import Model
from promptevolver_client.models.shared import Author, Page

__all__ = [
    "ContentBody",
    "CopyBody",
    "TemplateAnswer",
    "TemplateBody",
    "TemplateContent",
    "TemplateList",
    "TemplateRow",
]


class ContentBody(Model):
    """What a template says."""

    title: str
    description: str = ""
    task: Literal[
        "classification",
        "extraction",
        "summarization",
        "question_answering",
        "rewriting",
        "translation",
        "judging",
        "other",
    ] = "other"
    parameters: dict[str, Any] | None = None
    """JSON Schema of each parameter, by name; with a default"""
    program: dict[str, Any]
    """As /optimize takes it, with parameters"""
    metrics: list[Any]
    """As /optimize takes them, with parameters"""
    budget: dict[str, Any]
    """As /optimize takes it, with parameters"""
    strategy: dict[str, Any] | None = None
    models: dict[str, Any] | None = None
    settings: dict[str, Any] | None = None
    """Other fields of /optimize: width, repeats, margin, …"""
    dataset_id: str | None = None
    """Example data: a stored version that runs take when none is given"""


class CopyBody(Model):
    """What the copy is called."""

    name: str


class TemplateAnswer(Model):
    """A template at one version."""

    template_id: str
    name: str
    source: Literal["builtin", "project"]
    """Built-in templates are read-only; copy them to change them"""
    title: str
    description: str
    task: Literal[
        "classification",
        "extraction",
        "summarization",
        "question_answering",
        "rewriting",
        "translation",
        "judging",
        "other",
    ]
    version: int
    examples: int | None
    """Of built-in templates: how many come along; invented"""
    updated_at: datetime | None
    """Null for a built-in template"""
    updated_by: Author | None
    """Null for a built-in template"""
    content: TemplateContent


class TemplateBody(Model):
    """A template of the project."""

    title: str
    description: str = ""
    task: Literal[
        "classification",
        "extraction",
        "summarization",
        "question_answering",
        "rewriting",
        "translation",
        "judging",
        "other",
    ] = "other"
    parameters: dict[str, Any] | None = None
    """JSON Schema of each parameter, by name; with a default"""
    program: dict[str, Any]
    """As /optimize takes it, with parameters"""
    metrics: list[Any]
    """As /optimize takes them, with parameters"""
    budget: dict[str, Any]
    """As /optimize takes it, with parameters"""
    strategy: dict[str, Any] | None = None
    models: dict[str, Any] | None = None
    settings: dict[str, Any] | None = None
    """Other fields of /optimize: width, repeats, margin, …"""
    dataset_id: str | None = None
    """Example data: a stored version that runs take when none is given"""
    id: str | None = None
    """Of your own making, so that repeating is safe"""
    name: str
    """Unique among the project's templates"""


class TemplateContent(Model):
    """What a template says. Two things are filled in when it is used.

    Inside texts, `{{ parameter.NAME }}` becomes the parameter as text. Elsewhere,
    `{"$parameter": "NAME"}` becomes the parameter as it is: a number, a list, …
    """

    title: str
    description: str = ""
    task: Literal[
        "classification",
        "extraction",
        "summarization",
        "question_answering",
        "rewriting",
        "translation",
        "judging",
        "other",
    ] = "other"
    parameters: dict[str, Any] | None = None
    """JSON Schema of each parameter, by name; with a default"""
    program: dict[str, Any]
    """As /optimize takes it, with parameters"""
    metrics: list[Any]
    """As /optimize takes them, with parameters"""
    budget: dict[str, Any]
    """As /optimize takes it, with parameters"""
    strategy: dict[str, Any] | None = None
    models: dict[str, Any] | None = None
    settings: dict[str, Any] | None = None
    """Other fields of /optimize: width, repeats, margin, …"""
    dataset_id: str | None = None
    """Example data: a stored version that runs take when none is given"""


class TemplateList(Model):
    """Built-in templates by name, then the project's, newest first."""

    data: list[TemplateRow]
    page: Page


class TemplateRow(Model):
    """A template without its content."""

    template_id: str
    name: str
    source: Literal["builtin", "project"]
    """Built-in templates are read-only; copy them to change them"""
    title: str
    description: str
    task: Literal[
        "classification",
        "extraction",
        "summarization",
        "question_answering",
        "rewriting",
        "translation",
        "judging",
        "other",
    ]
    version: int
    examples: int | None
    """Of built-in templates: how many come along; invented"""
    updated_at: datetime | None
    """Null for a built-in template"""
    updated_by: Author | None
    """Null for a built-in template"""
