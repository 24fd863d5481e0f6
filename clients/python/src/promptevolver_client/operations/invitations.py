"""Operations on invitations; made by derive.py from the document."""

from collections.abc import Mapping
from typing import Any

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call, Listing, path
from promptevolver_client.model import plain


def create(body: models.InvitationBody | Mapping[str, Any]) -> Answer[models.InvitationMade]:
    """Invite somebody.

    Keep a place in the project for an address.

    No mail is sent: give the token, which is shown only now, to who is invited; they register
    with it.
    """
    return Answer(Call("POST", "/api/v1/invitations", json=plain(body)), models.InvitationMade)


def delete(invitation_id: str) -> Call:
    """Withdraw an invitation.

    End an invitation that nobody has used.
    """
    return Call("DELETE", path("/api/v1/invitations/{}", invitation_id))


def list(
    *, cursor: str | None = None, limit: int | None = None
) -> Listing[models.InvitationList, models.Invitation]:
    """List invitations.

    List the project's open invitations, newest first.
    """
    return Listing(
        Call("GET", "/api/v1/invitations", query={"cursor": cursor, "limit": limit}),
        models.InvitationList,
        models.Invitation,
    )
