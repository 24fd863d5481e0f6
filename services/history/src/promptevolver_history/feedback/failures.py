"""What can be wrong with feedback."""

from promptevolver_contracts.errors import ErrorCode, ErrorInfo, FieldError
from promptevolver_runtime.rpc import QueryFailed


def missing(what: str) -> QueryFailed:
    """Say that there is no such thing in the project."""
    return QueryFailed(ErrorInfo(code=ErrorCode.NOT_FOUND, detail=f"there is no {what}"))


def wrong(pointer: str, message: str) -> QueryFailed:
    """Point at a field."""
    fault = FieldError(pointer=pointer, message=message)
    return QueryFailed(ErrorInfo(code=ErrorCode.INVALID_REQUEST, detail=message, errors=(fault,)))
