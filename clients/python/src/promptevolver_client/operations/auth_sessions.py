"""Operations on auth sessions; made by derive.py from the document."""

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call, path


def delete_session(session_id: str) -> Call:
    """End a session.

    End one of the user's sessions, at once and at every gateway.
    """
    return Call("DELETE", path("/api/v1/auth/sessions/{}", session_id))


def sessions() -> Answer[models.SessionList]:
    """List sessions.

    List the user's open sessions, newest first; there are at most a hundred.
    """
    return Answer(Call("GET", "/api/v1/auth/sessions"), models.SessionList)
