"""Operations on users; made by derive.py from the document."""

from collections.abc import Mapping
from typing import Any

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call, Listing, path
from promptevolver_client.model import plain


def create(body: models.NewUserBody | Mapping[str, Any]) -> Answer[models.User]:
    """Make a user.

    Make a user with a first password, or one who signs in at the external issuer.

    Operators only. Inviting by `POST /invitations` lets people choose their own password.
    The first user of all must be an operator: with them open access ends.
    """
    return Answer(Call("POST", "/api/v1/users", json=plain(body)), models.User)


def get(user_id: str) -> Answer[models.User]:
    """Read a user.

    Give a user. Operators only.
    """
    return Answer(Call("GET", path("/api/v1/users/{}", user_id)), models.User)


def list(
    *, search: str | None = None, cursor: str | None = None, limit: int | None = None
) -> Listing[models.UserList, models.User]:
    """List users.

    List users in the order of their making. Operators only.
    """
    return Listing(
        Call("GET", "/api/v1/users", query={"search": search, "cursor": cursor, "limit": limit}),
        models.UserList,
        models.User,
    )


def update(
    user_id: str, body: models.UserBody | Mapping[str, Any], *, if_match: str | None = None
) -> Answer[models.User]:
    """Change a user.

    Rename, deactivate, make an operator, or set a password. Operators only.

    Whoever is deactivated or gets a password loses all sessions at once.
    """
    return Answer(
        Call(
            "PATCH",
            path("/api/v1/users/{}", user_id),
            json=plain(body),
            headers={"if-match": if_match},
        ),
        models.User,
    )
