"""API keys: how programs prove who they are."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from promptevolver_contracts import accounts as c
from promptevolver_contracts.errors import ErrorCode, FieldError
from promptevolver_contracts.ids import new_id
from pydantic import TypeAdapter

from promptevolver_gateway import cursors
from promptevolver_gateway.access.answers import KeyList, KeyMade
from promptevolver_gateway.access.bodies import NewKeyBody, RotateBody
from promptevolver_gateway.access.credentials import NewKey, hashed
from promptevolver_gateway.access.opening import require_somebody_in_charge
from promptevolver_gateway.answers import Page
from promptevolver_gateway.etags import IfNoneMatch, answered
from promptevolver_gateway.gateway import PREFIX, Parts
from promptevolver_gateway.identity import Identity, allowed
from promptevolver_gateway.problems import Problem, documented
from promptevolver_gateway.routes.parameters import Cursor, Limit

router = APIRouter(prefix=f"{PREFIX}/api_keys", tags=["access"])

_POSITION = TypeAdapter(tuple[str])

Admin = Annotated[Identity, allowed("admin")]
KeyId = Annotated[str, Path(max_length=64, description="Id of the key")]


@router.get("", summary="List API keys", responses=documented(ErrorCode.CURSOR_FILTER_MISMATCH))
async def keys(caller: Admin, gateway: Parts, cursor: Cursor = None, limit: Limit = 50) -> KeyList:
    """List the project's keys, newest first, ended ones too."""
    filters = {"list": "api_keys", "project": caller.project}
    before = cursors.decode(cursor, filters, _POSITION)[0] if cursor else None
    page = await gateway.bus.ask(
        c.LIST_KEYS, c.ListKeys(project=caller.project, before=before, limit=limit)
    )
    following = cursors.encode([page.keys[-1].key_id], filters) if page.more else None
    return KeyList(data=page.keys, page=Page(next_cursor=following, limit=limit))


@router.post(
    "", status_code=201, summary="Make an API key", responses=documented(ErrorCode.CONFLICT)
)
async def create_key(
    body: NewKeyBody, caller: Admin, gateway: Parts, response: Response
) -> KeyMade:
    """Make a key of the project with some of one's own scopes. Its text is shown only now.

    A key is never worth more than its maker: when they lose a scope, so does the key.
    """
    require_somebody_in_charge(caller)
    _require_in_future(body)
    _require_no_more(caller, body.scopes, body.expires_at)
    new = NewKey.make()
    key = await gateway.bus.ask(
        c.CREATE_KEY,
        c.CreateKey(
            key_id=new_id(),
            project=caller.project,
            name=body.name,
            prefix=new.prefix,
            secret_hash=hashed(new.text),
            scopes=tuple(dict.fromkeys(body.scopes)),
            owner=caller.user_id,
            expires_at=body.expires_at,
            by=caller.actor,
        ),
    )
    await gateway.access.directory.tell("access")
    response.headers["Location"] = f"{PREFIX}/api_keys/{key.key_id}"
    return KeyMade(api_key=key, key=new.text)


def _require_in_future(body: NewKeyBody) -> None:
    if body.expires_at is not None and body.expires_at <= datetime.now(UTC):
        fault = FieldError(
            pointer="/expires_at", message="this is over already", code="in_the_past"
        )
        raise Problem.of_fields([fault])


def _require_no_more(caller: Identity, scopes: tuple[c.Scope, ...], ends: datetime | None) -> None:
    """Raise Problem for a key that would be worth more than who makes it."""
    own = tuple(sorted(caller.scopes))
    errors = [
        FieldError(
            pointer=f"/scopes/{place}",
            message=f"you do not have '{scope}' yourself",
            code="not_your_scope",
            allowed=own,
        )
        for place, scope in enumerate(scopes)
        if scope not in caller.scopes
    ]
    longest = caller.expires_at if caller.id.startswith("key:") else None
    if longest is not None and (ends is None or ends > longest):
        errors.append(
            FieldError(
                pointer="/expires_at",
                message=f"the key that makes it ends at {longest.isoformat()}",
                code="outlives_its_maker",
            )
        )
    if errors:
        raise Problem.of_fields(errors)


@router.get(
    "/{key_id}",
    summary="Read an API key",
    responses=documented(ErrorCode.NOT_FOUND),
    response_model=c.ApiKey,
)
async def read_key(
    key_id: KeyId,
    caller: Admin,
    gateway: Parts,
    request: Request,
    response: Response,
    _if_none_match: IfNoneMatch = None,
) -> c.ApiKey | Response:
    """Give a key, without its secret, and when it was used last."""
    key = await gateway.bus.ask(c.GET_KEY, c.GetKey(project=caller.project, key_id=key_id))
    return answered(request, response, key)


@router.post(
    "/{key_id}/rotate",
    status_code=201,
    summary="Rotate an API key",
    responses=documented(ErrorCode.NOT_FOUND, ErrorCode.CONFLICT),
)
async def rotate(
    key_id: KeyId, caller: Admin, gateway: Parts, body: RotateBody | None = None
) -> KeyMade:
    """Make the key's successor, with its scopes and its end; the key goes on for the overlap.

    The successor is worth no more than who rotates: its scopes must be some of one's own.
    """
    old = await gateway.bus.ask(c.GET_KEY, c.GetKey(project=caller.project, key_id=key_id))
    _require_no_more(caller, old.scopes, old.expires_at)
    new, chosen = NewKey.make(), body or RotateBody.model_validate({})
    key = await gateway.bus.ask(
        c.ROTATE_KEY,
        c.RotateKey(
            project=caller.project,
            key_id=key_id,
            new_key_id=new_id(),
            prefix=new.prefix,
            secret_hash=hashed(new.text),
            old_until=datetime.now(UTC) + chosen.overlap,
            by=caller.actor,
        ),
    )
    await gateway.access.directory.tell(f"key.{key_id}")
    return KeyMade(api_key=key, key=new.text)


@router.delete(
    "/{key_id}",
    status_code=204,
    summary="Revoke an API key",
    responses=documented(ErrorCode.NOT_FOUND),
)
async def revoke(key_id: KeyId, caller: Admin, gateway: Parts) -> None:
    """End a key at once, at every gateway."""
    question = c.RevokeKey(project=caller.project, key_id=key_id, by=caller.actor)
    await gateway.bus.ask(c.REVOKE_KEY, question)
    await gateway.access.directory.tell(f"key.{key_id}")
