"""Users: registering, and what operators do with them."""

import unicodedata
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.rpc import Queries, query

Email = Annotated[
    str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254, strip_whitespace=True)
]
"""An address of somebody new; those that are known may be older than the rule."""

NewPassword = Annotated[str, StringConstraints(min_length=12, max_length=256)]
"""Length is what makes a password strong; any characters will do."""


def email_key(email: str) -> str:
    """Give the form by which an address is one user's, and by which guesses at it are counted.

    Neither case nor a compatible spelling, such as full-width letters, tells people apart.
    """
    return unicodedata.normalize("NFKC", email.strip()).casefold()


class User(Part):
    """A person who may sign in."""

    user_id: str
    email: str
    name: str
    is_operator: bool = Field(description="Administers the installation and every project")
    is_active: bool = Field(description="An inactive user can neither sign in nor call")
    is_external: bool = Field(description="Signs in at the external issuer alone")
    created_at: AwareDatetime
    signed_in_at: AwareDatetime | None = Field(None, description="Last sign-in by password")
    revision: int = Field(description="Grows with each change")


class Register(Message):
    """Make a user, by invitation or because anybody may."""

    user_id: str
    email: str = Field(max_length=254)
    name: str = Field(max_length=200)
    password: NewPassword = Field(repr=False)
    invitation_hash: str | None = Field(None, description="SHA-256 of the invitation's token")
    by: Actor


class CreateUser(Message):
    """Make a user as an operator."""

    user_id: str
    email: str = Field(max_length=254)
    name: str = Field(max_length=200)
    password: NewPassword | None = Field(
        None, repr=False, description="None: the external issuer's user"
    )
    is_operator: bool = False
    by: Actor


class GetUser(Message):
    """Ask for a user."""

    user_id: str


class ListUsers(Message):
    """Ask for users in the order of their making."""

    search: str | None = Field(None, description="Part of the e-mail address or of the name")
    after: str | None = Field(None, description="Exclusive: the last user id seen")
    limit: int = Field(50, ge=1, le=200)


class UserPage(Part):
    """Users."""

    users: tuple[User, ...]
    more: bool


class ChangeUser(Message):
    """Change what is given. Who is made inactive, or gets a password, loses all sessions."""

    user_id: str
    seen: int | None = Field(None, description="Only at this revision")
    name: str | None = Field(None, max_length=200)
    is_active: bool | None = None
    is_operator: bool | None = None
    password: NewPassword | None = Field(None, repr=False)
    by: Actor


REGISTER = query("rpc.history.register", Register, User)
CREATE_USER = query("rpc.history.create_user", CreateUser, User)
GET_USER = query("rpc.history.get_user", GetUser, User)
LIST_USERS = query("rpc.history.list_users", ListUsers, UserPage)
CHANGE_USER = query("rpc.history.change_user", ChangeUser, User)

QUERIES: Queries = (
    REGISTER,
    CREATE_USER,
    GET_USER,
    LIST_USERS,
    CHANGE_USER,
)
