"""Changes that hold only for what their author has seen.

What has an entity tag is changed in one way: lock its row, read it in a statement after the lock,
hold it against what the asker has seen, write; all in one transaction. A read before the lock, or
joined to it, would be of before the wait for it, and two writers would both find what they saw.
"""

from promptevolver_contracts.errors import ErrorCode, ErrorInfo
from promptevolver_runtime.rpc import QueryFailed


def require_seen[T](what: str, seen: T | None, now: T | None) -> None:
    """Raise QueryFailed `precondition_failed` when it is not as seen; None has seen nothing."""
    if seen is not None and seen != now:
        detail = f"{what} has changed since you read it; read it again, then retry"
        raise QueryFailed(ErrorInfo(code=ErrorCode.PRECONDITION_FAILED, detail=detail))
