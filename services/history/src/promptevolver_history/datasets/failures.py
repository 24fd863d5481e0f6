"""How questions about datasets fail."""

from promptevolver_contracts.errors import ErrorCode, ErrorInfo
from promptevolver_runtime.rpc import QueryFailed


def failed(code: ErrorCode, detail: str) -> QueryFailed:
    """Make the failure."""
    return QueryFailed(ErrorInfo(code=code, detail=detail))


def unknown_dataset(dataset_id: str) -> QueryFailed:
    """Say that the project has no such dataset."""
    return failed(ErrorCode.NOT_FOUND, f"there is no dataset {dataset_id}")


def unknown_content(content_id: str) -> QueryFailed:
    """Say that the project has no such content."""
    return failed(ErrorCode.UNKNOWN_DATASET, f"there is no complete dataset {content_id}")


def unknown_version(dataset_id: str, number: object) -> QueryFailed:
    """Say that a dataset has no such version."""
    return failed(ErrorCode.NOT_FOUND, f"dataset {dataset_id} has no version {number}")


def unknown_item(item_id: str) -> QueryFailed:
    """Say that a draft or version has no such item."""
    return failed(ErrorCode.NOT_FOUND, f"there is no item {item_id!r} here")
