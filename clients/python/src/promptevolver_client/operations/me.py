"""Operations on me; made by derive.py from the document."""

from collections.abc import Mapping
from typing import Any

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call
from promptevolver_client.model import plain


def get() -> Answer[models.Me]:
    """Who am I.

    Say who calls, in which project, what they may do there, and where else they belong.
    """
    return Answer(Call("GET", "/api/v1/me"), models.Me)


def update(body: models.MeBody | Mapping[str, Any]) -> Answer[models.User]:
    """Change oneself.

    Change one's own name.
    """
    return Answer(Call("PATCH", "/api/v1/me", json=plain(body)), models.User)
