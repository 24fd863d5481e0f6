"""Changes that hold only for what their author has seen."""

from promptevolver_contracts.errors import ErrorCode, ErrorInfo
from promptevolver_runtime.rpc import QueryFailed


def require_version(expected: int | None, current: int) -> None:
    """Raise QueryFailed `precondition_failed` when somebody has changed it since."""
    if expected is not None and expected != current:
        detail = f"it was changed meanwhile and is at version {current}; read it again, then retry"
        raise QueryFailed(ErrorInfo(code=ErrorCode.PRECONDITION_FAILED, detail=detail))
