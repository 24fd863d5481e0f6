"""When a strategy without a fixed number of steps has seen enough."""

from promptevolver_optimizer.archive import Archive
from promptevolver_optimizer.search import Until


def perfect(archive: Archive, _idle: int) -> bool:
    """Whether nothing is left to gain on the validation split."""
    return archive.best.sheet.mean >= 1


def perfect_or_stalled(patience: int) -> Until:
    """Stop at a perfect score, or once the best candidate stood for `patience` steps in a row."""

    def enough(archive: Archive, idle: int) -> bool:
        return perfect(archive, idle) or idle >= patience

    return enough
