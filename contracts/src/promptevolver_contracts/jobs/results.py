"""What came of a job."""

from pydantic import Field

from promptevolver_contracts.base import Part

MOST_ERRORS = 100
"""Faults of an import that are told one by one."""


class JobFile(Part):
    """What a job made."""

    name: str = Field(description="To save it under")
    media_type: str
    bytes: int
    parts: int
    sha256: str
    rows: int | None = Field(None, description="Entries in it; null for a report")


class LineFault(Part):
    """What is wrong with one line of an imported file."""

    line: int = Field(ge=0, description="From 1; 0 for the file as a whole")
    code: str
    message: str = Field(description="What is wrong and how to mend it")


class ImportReport(Part):
    """What an import did, or would do."""

    lines: int
    created: int = Field(description="Runs, or versions of prompts")
    unchanged: int = Field(0, description="Those that were there, word for word")
    errors: tuple[LineFault, ...] = Field(default=(), description="The first hundred")
    more_errors: int = 0


class JobResult(Part):
    """What came of a job."""

    file: JobFile | None = None
    imported: ImportReport | None = None
    notes: tuple[str, ...] = Field(default=(), description="What a reader should bear in mind")
