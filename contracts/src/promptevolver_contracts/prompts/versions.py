"""Versions of a prompt: programs that never change."""

from pydantic import AwareDatetime, Field

from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.facts import Comparison, Verdict
from promptevolver_contracts.ids import CandidateId, RunId
from promptevolver_contracts.programs import Program
from promptevolver_contracts.prompts.authors import Author
from promptevolver_contracts.rpc import Queries, query

PROGRAM_BYTES = 200_000
"""Largest program of a version, as JSON."""


class VersionOrigin(Part):
    """The run that a version comes from, as it stood when the version was made."""

    run_id: RunId
    candidate_id: CandidateId
    parents: tuple[CandidateId, ...] = Field(default=(), description="Of the candidate, in its run")
    verdict: Verdict | None = Field(
        None, description="Of the run; null when the candidate is not its winner"
    )
    comparison: Comparison | None = Field(None, description="What the verdict rests on")
    simulated: bool = Field(default=False, description="Whether a simulated provider answered")


class VersionSummary(Part):
    """A version without its program."""

    prompt_id: str
    number: int = Field(ge=1)
    candidate_id: CandidateId = Field(description="Hash of stages and texts, as runs name it")
    program_hash: str = Field(description="SHA-256 of the whole program in canonical form")
    note: str = ""
    parent: int | None = Field(None, description="The version that it was made from")
    origin: VersionOrigin | None = Field(None, description="Null for a version made by hand")
    created_at: AwareDatetime
    created_by: Author


class VersionView(VersionSummary):
    """A version: a program that never changes."""

    program: Program


class Found(Part):
    """What a run found: one of its candidates."""

    run_id: RunId
    candidate_id: CandidateId | None = Field(None, description="Null for the run's winner")


class AddVersion(Message):
    """Make a version: of a program, or of what a run found. An equal one is not made twice."""

    project: str
    prompt: str
    source: Program | Found
    parent: int | None = Field(None, description="Null for the newest version")
    note: str = ""
    by: Actor


class VersionAdded(Part):
    """The version, and whether it is new."""

    version: VersionView
    created: bool


class GetVersion(Message):
    """Ask for a version."""

    project: str
    prompt: str
    number: int


class ListVersions(Message):
    """Ask for a prompt's versions, newest first."""

    project: str
    prompt: str
    run_id: RunId | None = Field(None, description="Those made by this run")
    before: int | None = Field(None, description="Exclusive number to continue below")
    limit: int = Field(50, ge=1, le=200)


class VersionPage(Part):
    """Versions, newest first."""

    versions: tuple[VersionSummary, ...]
    more: bool


ADD_VERSION = query("rpc.history.add_prompt_version", AddVersion, VersionAdded)
GET_VERSION = query("rpc.history.get_prompt_version", GetVersion, VersionView)
LIST_VERSIONS = query("rpc.history.list_prompt_versions", ListVersions, VersionPage)

QUERIES: Queries = (
    ADD_VERSION,
    GET_VERSION,
    LIST_VERSIONS,
)
