"""What all models of the API share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import httpx
from pydantic import BaseModel, ConfigDict, PrivateAttr, ValidationError

from promptevolver_client.errors import Unreadable


@dataclass(frozen=True, slots=True)
class Meta:
    """What an answer's headers say."""

    etag: str | None
    """Send it as `if_match` to change only the state that was read"""
    location: str | None
    """Where what was made is"""
    replayed: bool
    """Whether an earlier request had the same Idempotency-Key"""
    trace_id: str | None

    @classmethod
    def of(cls, headers: httpx.Headers) -> "Meta":
        return cls(
            etag=headers.get("etag"),
            location=headers.get("location"),
            replayed=headers.get("idempotency-replayed") == "true",
            trace_id=headers.get("x-trace-id"),
        )


class Model(BaseModel):
    """A body or an answer. Fields that this version does not know are ignored."""

    model_config = ConfigDict(
        defer_build=True,  # most programs use a few of them
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )

    _meta: Meta | None = PrivateAttr(None)

    @property
    def answered(self) -> Meta:
        """What the headers said. Raises ValueError for what was not an answer by itself."""
        if self._meta is None:
            raise ValueError(f"this {type(self).__name__} was no answer by itself")
        return self._meta

    @classmethod
    def of_json(cls, text: str | bytes) -> Self:
        """Read an answer's text. Raises Unreadable."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise Unreadable(cls.__name__, str(error)) from error

    @classmethod
    def read(cls, response: httpx.Response) -> Self:
        """Read an answer with its headers. Raises Unreadable."""
        answer = cls.of_json(response.content)
        answer._meta = Meta.of(response.headers)  # noqa: SLF001  its own
        return answer


def plain(body: BaseModel | Mapping[str, Any] | None) -> Any:
    """Spell a body as JSON; fields that were not set are left to the server."""
    if isinstance(body, BaseModel):
        return body.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return body
