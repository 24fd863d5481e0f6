"""How the numbers came about."""

from pydantic import Field

from promptevolver_contracts.base import Part


class Methods(Part):
    """How the numbers came about; the same inputs and methods give the same numbers."""

    version: str = Field(description="Of the methods; another one is computed anew")
    seed: int = Field(description="Of resampling and sign flips")
    inputs_hash: str = Field(description="SHA-256 of every score that went in")
    families: dict[str, str] = Field(
        default_factory=dict, description="Which adjustment belongs to which family of tests"
    )
