"""What the API takes and gives about projects; made by derive.py from the document."""

from __future__ import annotations

from promptevolver_client.model import Model
from promptevolver_client.models.access import Project
from promptevolver_client.models.shared import Page

__all__ = ["LimitsBody", "NewProjectBody", "ProjectBody", "ProjectList"]


class LimitsBody(Model):
    """A project's own limits; null is what the settings say. Only operators change them."""

    max_active_runs: int | None = None
    daily_usd: float | None = None


class NewProjectBody(Model):
    """A project."""

    id: str | None = None
    """Made up when left out; it never changes"""
    name: str
    description: str = ""


class ProjectBody(Model):
    """What to change about a project."""

    name: str | None = None
    description: str | None = None
    limits: LimitsBody | None = None


class ProjectList(Model):
    """A page of projects."""

    data: list[Project]
    page: Page
