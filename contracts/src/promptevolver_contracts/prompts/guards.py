"""What moves of a label need."""

from pydantic import Field

from promptevolver_contracts.base import Part


class LabelGuard(Part):
    """What a move of a label needs."""

    verdict: bool = Field(
        default=True,
        description="The version must have won a run with the verdict `improved`, of a real "
        "provider unless the installation is simulated; else the move needs an override with a "
        "reason",
    )
    admins_only: bool = Field(default=False, description="Whether admins alone may move it")


def default_guards() -> dict[str, LabelGuard]:
    """Give the guards of a prompt that says nothing else."""
    return {"production": LabelGuard()}


class Override(Part):
    """The decision to move a guarded label without the verdict that it needs."""

    reason: str = Field(min_length=1, max_length=1000, description="Kept in the audit log")
