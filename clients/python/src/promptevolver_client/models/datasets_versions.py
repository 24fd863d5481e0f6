"""What the API takes and gives about datasets versions; made by derive.py from the document."""

from __future__ import annotations

from promptevolver_client.model import Model
from promptevolver_client.models.datasets import DatasetVersion
from promptevolver_client.models.shared import Page

__all__ = ["CommitBody", "DatasetVersionList"]


class CommitBody(Model):
    """What a version is about."""

    note: str = ""
    expected_version: int | None = None
    """Refuse when this is not the latest version; 0: there is none"""


class DatasetVersionList(Model):
    """Versions, newest first."""

    data: list[DatasetVersion]
    page: Page
