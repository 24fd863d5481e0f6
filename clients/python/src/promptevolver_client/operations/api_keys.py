"""Operations on api keys; made by derive.py from the document."""

from collections.abc import Mapping
from typing import Any

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call, Listing, path
from promptevolver_client.model import plain


def create(body: models.NewKeyBody | Mapping[str, Any]) -> Answer[models.KeyMade]:
    """Make an API key.

    Make a key of the project with some of one's own scopes. Its text is shown only now.

    A key is never worth more than its maker: when they lose a scope, so does the key.
    """
    return Answer(Call("POST", "/api/v1/api_keys", json=plain(body)), models.KeyMade)


def delete(key_id: str) -> Call:
    """Revoke an API key.

    End a key at once, at every gateway.
    """
    return Call("DELETE", path("/api/v1/api_keys/{}", key_id))


def get(key_id: str) -> Answer[models.ApiKey]:
    """Read an API key.

    Give a key, without its secret, and when it was used last.
    """
    return Answer(Call("GET", path("/api/v1/api_keys/{}", key_id)), models.ApiKey)


def list(
    *, cursor: str | None = None, limit: int | None = None
) -> Listing[models.KeyList, models.ApiKey]:
    """List API keys.

    List the project's keys, newest first, ended ones too.
    """
    return Listing(
        Call("GET", "/api/v1/api_keys", query={"cursor": cursor, "limit": limit}),
        models.KeyList,
        models.ApiKey,
    )


def rotate(
    key_id: str, body: models.RotateBody | Mapping[str, Any] | None = None
) -> Answer[models.KeyMade]:
    """Rotate an API key.

    Make the key's successor, with its scopes and its end; the key goes on for the overlap.

    The successor is worth no more than who rotates: its scopes must be some of one's own.
    """
    return Answer(
        Call("POST", path("/api/v1/api_keys/{}/rotate", key_id), json=plain(body)), models.KeyMade
    )
