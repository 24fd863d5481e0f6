"""What the routes of the registry take."""

from typing import Annotated, Any, Self

from promptevolver_contracts import prompts
from promptevolver_contracts.ids import CandidateId, Name, RunId
from promptevolver_contracts.prompts import Tag
from pydantic import ConfigDict, Field, StringConstraints, field_validator, model_validator

from promptevolver_gateway.schemas import RUN_ID, Body, ProgramBody

UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
Id = Annotated[str, StringConstraints(pattern=UUID)]
Tags = Annotated[tuple[Tag, ...], Field(max_length=50)]
Run = Annotated[RunId, StringConstraints(pattern=RUN_ID)]
Candidate = Annotated[CandidateId, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Description = Annotated[str, StringConstraints(max_length=4000)]
Note = Annotated[str, StringConstraints(max_length=2000)]

_PROGRAM: dict[str, Any] = {
    "name": "support-triage",
    "components": {"instruction": {"text": "Say which team should answer the ticket."}},
    "stages": [
        {
            "name": "answer",
            "messages": [
                {"role": "system", "content": "{{ component.instruction }}"},
                {"role": "user", "content": "{{ input.ticket }}"},
            ],
        }
    ],
}
_RUN_ID = "2f8c9f5e-5a3b-5d0c-9c0e-2c1b1d0a7f11"


class GuardBody(prompts.LabelGuard, extra="forbid"):
    """What a move of a label needs."""


class OverrideBody(prompts.Override, extra="forbid"):
    """The decision to move a guarded label without the verdict that it needs."""


Guards = Annotated[dict[Name, GuardBody], Field(max_length=50)]


class _Named(Body):
    @field_validator("name", check_fields=False)
    @classmethod
    def _is_no_id(cls, name: str | None) -> str | None:
        # Paths take names and ids alike.
        if name is not None and len(name) == 36 and name.count("-") == 4:
            raise ValueError("a name must not look like an id; choose another")
        return name


class PromptBody(_Named):
    """A prompt. Its versions come next."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "support-triage",
                    "description": "Sorts tickets for the help desk",
                    "tags": ["support"],
                }
            ]
        }
    )

    id: Id | None = Field(None, description="Of your own making, so that repeating is safe")
    name: Name = Field(description="Unique in the project; paths take it instead of the id")
    description: Description = ""
    tags: Tags = ()
    guards: Guards | None = Field(
        None, description="What moves of labels need; by default `production` needs a verdict"
    )


class PromptChanges(_Named):
    """What is to change; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"tags": ["support", "german"]}]})

    name: Name | None = None
    description: Description | None = None
    tags: Tags | None = None
    guards: Guards | None = Field(None, description="Admins alone may change them")


class VersionBody(Body):
    """A program, or what a run found."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"program": _PROGRAM, "note": "as the team wrote it"},
                {"run_id": _RUN_ID},
            ]
        }
    )

    program: ProgramBody | None = None
    run_id: Run | None = Field(None, description="Take what this run ended with")
    candidate_id: Candidate | None = Field(None, description="Take this candidate of the run")
    parent: int | None = Field(
        None, ge=1, description="The version that it was made from; by default the newest"
    )
    note: Note = ""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.program is None) == (self.run_id is None):
            raise ValueError("give either 'program' or 'run_id'")
        if self.candidate_id is not None and self.run_id is None:
            raise ValueError("'candidate_id' needs its 'run_id'")
        return self


class MoveBody(Body):
    """Where a label shall point."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"version": 3, "reason": "won on the July tickets"},
                {"version": 2, "override": {"reason": "legal asked for this wording at once"}},
            ]
        }
    )

    version: int = Field(ge=1)
    reason: Note = ""
    override: OverrideBody | None = None


class PromotionBody(Body):
    """Which finding of a run shall be where a label points."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"run_id": _RUN_ID, "label": "production"}]}
    )

    run_id: Run
    candidate_id: Candidate | None = Field(None, description="By default the run's winner")
    label: Name = "production"
    note: Note = Field("", description="Of the version, when it is new")
    reason: Note = ""
    override: OverrideBody | None = None


class RollbackBody(Body):
    """Which label goes back."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"label": "production", "reason": "complaints"}]}
    )

    label: Name = "production"
    reason: Note = ""


class RenderBody(Body):
    """What fills the placeholders."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"inputs": {"ticket": "Where is my parcel?"}}]}
    )

    inputs: dict[str, Any] = Field(default_factory=dict)
    outputs: dict[str, str] = Field(
        default_factory=dict, description="What earlier stages gave, for the stages that use it"
    )
