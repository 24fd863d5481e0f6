"""What people say of runs, and the lists that they save, as requests bring it."""

from typing import Annotated, Any, Self

from promptevolver_contracts.fields import Resource
from promptevolver_contracts.filters import MAX_TEXT, Filter
from promptevolver_contracts.history import Tag
from pydantic import ConfigDict, Field, model_validator

from promptevolver_gateway.schemas import Body

_NOTHING = {"name": "", "tags": (), "note": "", "archived": False}


class RunChanges(Body):
    """What to change; null takes it back."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"tags": ["nightly", "baseline"], "note": "before the new dataset"}]
        }
    )

    name: str | None = Field(None, max_length=200, pattern=r"^[^\x00]*$")
    tags: tuple[Tag, ...] | None = Field(None, max_length=50)
    note: str | None = Field(None, max_length=10_000, pattern=r"^[^\x00]*$")
    archived: bool | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("give at least one of name, tags, note and archived")
        return self

    def changes(self) -> dict[str, Any]:
        """Give what was said, with what null stands for."""
        said = {name: getattr(self, name) for name in self.model_fields_set}
        return {name: _NOTHING[name] if v is None else v for name, v in said.items()}


class SavedViewBody(Body):
    """A list to look at again."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Nightly regressions",
                    "resource": "runs",
                    "filter": "tag = 'nightly' and verdict = 'regressed'",
                    "sort": ["-requested_at"],
                    "fields": ["core", "scores"],
                    "shared": True,
                }
            ]
        }
    )

    name: str = Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")
    resource: Resource = "runs"
    filter: Filter | Annotated[str, Field(max_length=MAX_TEXT)] | None = Field(
        None, description="As JSON, or in its text spelling"
    )
    sort: tuple[str, ...] = Field(default=(), max_length=4, description="As `-requested_at`")
    fields: tuple[str, ...] = Field(default=(), max_length=50, description="Columns or groups")
    shared: bool = Field(default=False, description="Whether the whole project sees it")
