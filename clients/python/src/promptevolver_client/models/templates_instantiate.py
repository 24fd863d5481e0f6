"""What the API takes and gives about templates instantiate; made by derive.py from the document."""

from __future__ import annotations

from typing import Any

from promptevolver_client.model import Model
from promptevolver_client.models.shared import DatasetBody

__all__ = ["InstanceBody", "TemplateInstance"]


class InstanceBody(Model):
    """Values for the template's parameters, and data."""

    parameters: dict[str, Any] | None = None
    """Those left out take their defaults"""
    dataset: DatasetBody | None = None
    """By default the template's example data"""


class TemplateInstance(Model):
    """A template filled in."""

    template_id: str
    version: int
    parameters: dict[str, Any]
    """Every parameter with the value that it has"""
    request: dict[str, Any]
    """As POST /optimize takes it"""
