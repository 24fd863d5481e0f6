"""Why a question about accounts is not answered."""

from promptevolver_contracts.errors import ErrorCode, ErrorInfo
from promptevolver_runtime.rpc import QueryFailed


def failure(code: ErrorCode, detail: str) -> QueryFailed:
    """Make the error that the asker gets."""
    return QueryFailed(ErrorInfo(code=code, detail=detail))


def unknown(what: str, name: str) -> QueryFailed:
    """Say that there is no such thing, or not for the asker."""
    return failure(ErrorCode.NOT_FOUND, f"there is no {what} {name}")


def conflict(detail: str) -> QueryFailed:
    """Say that the state of things does not allow it."""
    return failure(ErrorCode.CONFLICT, detail)


def refused(detail: str) -> QueryFailed:
    """Say that the caller has not proved who they are."""
    return failure(ErrorCode.UNAUTHENTICATED, detail)
