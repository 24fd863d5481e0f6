"""The typed client of PromptEvolver's HTTP API, asynchronous and blocking."""

from promptevolver_client import models
from promptevolver_client.aio.client import AsyncClient
from promptevolver_client.auth import Tokens
from promptevolver_client.blocking.client import Client
from promptevolver_client.errors import (
    ApiError,
    BadRequest,
    Conflict,
    FieldFault,
    Forbidden,
    Invalid,
    NotFound,
    PreconditionFailed,
    RateLimited,
    ServerError,
    TooLarge,
    Unauthenticated,
    Unavailable,
    Unreachable,
    Unreadable,
)
from promptevolver_client.events import Event
from promptevolver_client.retries import Retries

__all__ = [
    "ApiError",
    "AsyncClient",
    "BadRequest",
    "Client",
    "Conflict",
    "Event",
    "FieldFault",
    "Forbidden",
    "Invalid",
    "NotFound",
    "PreconditionFailed",
    "RateLimited",
    "Retries",
    "ServerError",
    "Tokens",
    "TooLarge",
    "Unauthenticated",
    "Unavailable",
    "Unreachable",
    "Unreadable",
    "models",
]
