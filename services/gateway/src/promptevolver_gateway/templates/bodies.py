"""What the routes of templates take."""

from typing import Annotated, Any

from promptevolver_contracts import templates
from promptevolver_contracts.ids import DatasetId, Name
from promptevolver_contracts.runs import Lane, WhenExhausted
from pydantic import ConfigDict, Field, StringConstraints, field_validator

from promptevolver_gateway.prompts.bodies import Id
from promptevolver_gateway.schemas import (
    Body,
    BudgetBody,
    DatasetBody,
    MetricBody,
    ModelsBody,
    StrategyBody,
)
from promptevolver_gateway.templates.library import BUILTIN

_CONTENT: dict[str, Any] = {
    "title": "Sort letters",
    "task": "classification",
    "parameters": {
        "labels": {
            "type": "array",
            "items": {"type": "string"},
            "minItems": 2,
            "default": ["praise", "complaint"],
        },
        "calls": {"type": "integer", "minimum": 100, "default": 400},
    },
    "program": {
        "name": "sort-letters",
        "components": {"instruction": {"text": "Answer with one of: {{ parameter.labels }}."}},
        "stages": [
            {
                "name": "sort",
                "messages": [
                    {"role": "system", "content": "{{ component.instruction }}"},
                    {"role": "user", "content": "{{ input.letter }}"},
                ],
                "parameters": {"temperature": 0},
            }
        ],
    },
    "metrics": [{"name": "label", "kind": "normalized_match"}],
    "budget": {"calls": {"$parameter": "calls"}},
}


def _own(name: str) -> str:
    if name.startswith(BUILTIN):
        raise ValueError(f"names with '{BUILTIN}' are those of built-in templates")
    return name


class ContentBody(templates.TemplateContent):
    """What a template says."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_CONTENT]})

    dataset_id: Annotated[DatasetId, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = Field(
        None, description="Example data: a stored version that runs take when none is given"
    )


class TemplateBody(ContentBody):
    """A template of the project."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "sort-letters", **_CONTENT}]}
    )

    id: Id | None = Field(None, description="Of your own making, so that repeating is safe")
    name: Name = Field(description="Unique among the project's templates")

    _name = field_validator("name")(_own)


class CopyBody(Body):
    """What the copy is called."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "our-classification"}]})

    name: Name

    _name = field_validator("name")(_own)


class InstanceBody(Body):
    """Values for the template's parameters, and data."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"parameters": {"labels": ["praise", "complaint"]}}]}
    )

    parameters: dict[str, Any] = Field(
        default_factory=dict, description="Those left out take their defaults"
    )
    dataset: DatasetBody | None = Field(None, description="By default the template's example data")


class Overrides(Body):
    """Fields of the request that replace the template's."""

    name: str | None = Field(None, max_length=200)
    metrics: tuple[MetricBody, ...] | None = Field(None, min_length=1, max_length=20)
    models: ModelsBody | None = None
    budget: BudgetBody | None = None
    strategy: StrategyBody | None = None
    seed: int | None = Field(None, ge=0)
    width: int | None = Field(None, ge=1, le=64)
    repeats: int | None = Field(None, ge=1, le=20)
    lane: Lane | None = None
    shard_size: int | None = Field(None, ge=1, le=64)
    call_timeout_s: float | None = Field(None, gt=0, le=3600)
    response_cache: bool | None = None
    margin: float | None = Field(None, ge=0, le=1)
    when_exhausted: WhenExhausted | None = None
    use_feedback: bool | None = None
    metadata: dict[str, Any] | None = None


class TemplateRunBody(InstanceBody):
    """A run of a template."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"parameters": {"labels": ["praise", "complaint"]}, "overrides": {"seed": 7}}
            ]
        }
    )

    overrides: Overrides = Overrides()
