"""What the API takes and gives about users; made by derive.py from the document."""

from __future__ import annotations

from promptevolver_client.model import Model
from promptevolver_client.models.access import User
from promptevolver_client.models.shared import Page

__all__ = ["NewUserBody", "UserBody", "UserList"]


class NewUserBody(Model):
    """A user that an operator makes."""

    email: str
    name: str
    password: str | None = None
    """Left out for who signs in at the external issuer"""
    is_operator: bool = False


class UserBody(Model):
    """What an operator may change about a user."""

    name: str | None = None
    is_active: bool | None = None
    """An inactive user loses all sessions"""
    is_operator: bool | None = None
    password: str | None = None
    """Ends all sessions"""


class UserList(Model):
    """A page of users."""

    data: list[User]
    page: Page
