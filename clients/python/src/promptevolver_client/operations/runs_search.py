"""Operations on runs search; made by derive.py from the document."""

from collections.abc import Mapping
from typing import Any

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call, Lines
from promptevolver_client.model import plain


def search(body: models.SearchBody | Mapping[str, Any]) -> Answer[models.RunItems]:
    """Search runs by JSON.

    List runs as `GET /runs` does, with the filter as JSON or as text in the body.
    """
    return Answer(Call("POST", "/api/v1/runs/search", json=plain(body)), models.RunItems)


def stream_search(body: models.SearchBody | Mapping[str, Any]) -> Lines[models.RunItem]:
    """In one stream, all of them: search runs by JSON.

    List runs as `GET /runs` does, with the filter as JSON or as text in the body.
    """
    return Lines(Call("POST", "/api/v1/runs/search", json=plain(body)), models.RunItem)
