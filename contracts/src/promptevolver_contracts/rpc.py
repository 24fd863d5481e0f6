"""Questions and answers between services: what a query is made of."""

from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from promptevolver_contracts.base import Message
from promptevolver_contracts.errors import ErrorInfo


class Reply[T](Message):
    """An answer: data, or the error why there is none."""

    data: T | None = None
    error: ErrorInfo | None = None


@dataclass(frozen=True, slots=True)
class Query[Q, A]:
    """A request/reply subject with its question and its answer."""

    subject: str
    question: TypeAdapter[Q]
    answer: TypeAdapter[Reply[A]]


type Queries = tuple[Query[Any, Any], ...]


def query[Q, A](subject: str, question: type[Q], answer: type[A]) -> Query[Q, A]:
    """Make the query of `rpc.<service>.<verb>_<noun>`."""
    return Query(subject, TypeAdapter(question), TypeAdapter(Reply[answer]))  # type: ignore[valid-type]  # a type made of a value
