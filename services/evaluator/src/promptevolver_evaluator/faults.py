"""Faults that keep a shard from having outcomes."""

from promptevolver_contracts.faults import Fault, FaultKind

PERMANENT: frozenset[FaultKind] = frozenset({"bad_credentials", "bad_request"})
"""Trying again changes nothing until a person changes something."""


class InfrastructureFault(Exception):
    """Nobody's output is to blame: there is no score, not even a zero."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.kind}: {fault.message}")
        self.fault = fault

    @property
    def permanent(self) -> bool:
        """Whether only a person can mend it."""
        return self.fault.kind in PERMANENT


def bad_request(message: str) -> InfrastructureFault:
    """Give the fault of a run that asks for what cannot be done."""
    return InfrastructureFault(Fault(kind="bad_request", message=message[:2000]))
