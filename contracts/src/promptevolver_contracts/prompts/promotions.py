"""What a run found, made a version and labelled in one step."""

from pydantic import Field

from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.ids import Name
from promptevolver_contracts.prompts.guards import Override
from promptevolver_contracts.prompts.labels import LabelView
from promptevolver_contracts.prompts.versions import Found, VersionView
from promptevolver_contracts.rpc import Queries, query


class Promote(Message):
    """Make a version of what a run found, when there is none yet, and point a label to it."""

    project: str
    prompt: str
    source: Found
    label: Name
    note: str = ""
    reason: str = ""
    override: Override | None = None
    revision: int | None = Field(None, description="Move the label from this revision alone")
    admin: bool = False
    simulated: bool = Field(
        default=False,
        description="Whether the installation is simulated: its guards take simulated verdicts",
    )
    by: Actor


class Promoted(Part):
    """The version and the label that points to it."""

    version: VersionView
    created: bool = Field(description="Whether the version is new")
    label: LabelView


PROMOTE = query("rpc.history.promote", Promote, Promoted)

QUERIES: Queries = (PROMOTE,)
