"""The answer to an act that leaves nothing to tell."""

from promptevolver_contracts.base import Part


class Done(Part):
    """It is done."""

    done: bool = True
