"""Programs: ordered stages of messages, and the named texts in them that may evolve."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from promptevolver_contracts.base import Part, digest
from promptevolver_contracts.ids import CandidateId, Name

PLACEHOLDER = re.compile(r"\{\{\s*(component|input|stage)\.([A-Za-z0-9_-]+)\s*\}\}")
_ANY_PLACEHOLDER = re.compile(r"\{\{.*?\}\}")

ComponentKind = Literal["instruction", "persona", "demonstrations", "schema_description"]


class Component(Part):
    """A named text of a program that may evolve."""

    kind: ComponentKind = Field("instruction", description="What the text is for")
    text: str = Field(description="The text itself; never read as a template")
    evolve: bool = Field(default=True, description="Whether mutations may change it")
    max_chars: int = Field(8000, ge=1, le=100_000, description="Longest text a mutation may give")


class ChatMessage(Part):
    """One message of a model call."""

    role: Literal["system", "user", "assistant"]
    content: str


class Parameters(Part):
    """Sampling parameters of a model call; those left out are the provider's own."""

    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, gt=0, le=1)
    max_tokens: int = Field(1024, ge=1, le=200_000, description="Bound of the answer, in tokens")
    stop: tuple[str, ...] = Field(default=(), max_length=8)


class Stage(Part):
    """One model call of a program. Its messages are templates.

    Placeholders: `{{ component.NAME }}`, `{{ input.NAME }}`, `{{ stage.NAME }}` (the output of an
    earlier stage).
    """

    name: Name
    messages: tuple[ChatMessage, ...] = Field(min_length=1)
    parameters: Parameters = Parameters()
    output_schema: dict[str, Any] | None = Field(
        None, description="JSON Schema that the answer must meet; sent to the model as its format"
    )
    model: str | None = Field(None, description="A model for this stage alone; else the run's own")


class Program(Part):
    """Ordered stages with their components. The last stage's output is the program's output."""

    name: Name
    components: dict[str, Component] = Field(default_factory=dict)
    stages: Annotated[tuple[Stage, ...], Field(min_length=1, max_length=20)]

    @model_validator(mode="after")
    def _placeholders_are_known(self) -> Self:
        seen: set[str] = set()
        for stage in self.stages:
            if stage.name in seen:
                raise ValueError(f"stages: two stages are called '{stage.name}'; rename one")
            for kind, name in _placeholders(stage):
                if kind == "component" and name not in self.components:
                    known = ", ".join(self.components) or "none"
                    raise ValueError(
                        f"stages.{stage.name}: unknown component '{name}'; components are: {known}"
                    )
                if kind == "stage" and name not in seen:
                    raise ValueError(
                        f"stages.{stage.name}: '{{{{ stage.{name} }}}}' is no earlier stage"
                    )
            seen.add(stage.name)
        return self

    @cached_property
    def candidate_id(self) -> CandidateId:
        """The candidate's id: equal stages and texts are the same candidate."""
        texts = {name: c.text for name, c in self.components.items()}
        stages = [s.model_dump(mode="json") for s in self.stages]
        return CandidateId(digest({"texts": texts, "stages": stages})[:16])

    @property
    def texts(self) -> dict[str, str]:
        """The component texts by name."""
        return {name: component.text for name, component in self.components.items()}

    @property
    def evolving(self) -> tuple[str, ...]:
        """Names of the components that mutations may change, in order."""
        return tuple(name for name, component in self.components.items() if component.evolve)

    @property
    def input_fields(self) -> frozenset[str]:
        """Names of the inputs that the templates use."""
        return frozenset(
            name for s in self.stages for kind, name in _placeholders(s) if kind == "input"
        )

    def with_texts(self, texts: Mapping[str, str]) -> "Program":
        """Replace some component texts. Raises KeyError for an unknown name."""
        components = dict(self.components)
        for name, text in texts.items():
            components[name] = components[name].model_copy(update={"text": text})
        return Program(name=self.name, components=components, stages=self.stages)

    def render(
        self, stage: Stage, inputs: Mapping[str, Any], outputs: Mapping[str, str]
    ) -> tuple[ChatMessage, ...]:
        """Fill in a stage's messages: byte for byte what is sent, scored and exported.

        What a placeholder brings in is never read as a template. Raises KeyError for a missing
        input or stage output.
        """

        def fill(match: re.Match[str]) -> str:
            kind, name = match.groups()
            if kind == "component":
                return self.components[name].text
            value = inputs[name] if kind == "input" else outputs[name]
            return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

        return tuple(
            ChatMessage(role=m.role, content=PLACEHOLDER.sub(fill, m.content))
            for m in stage.messages
        )


def response_format(output_schema: Mapping[str, Any]) -> dict[str, Any]:
    """Spell an output schema as OpenAI does: byte for byte what is sent, scored and exported."""
    schema = {"name": "output", "schema": dict(output_schema)}
    return {"type": "json_schema", "json_schema": schema}


def _placeholders(stage: Stage) -> Iterator[tuple[str, str]]:
    for message in stage.messages:
        for text in _ANY_PLACEHOLDER.findall(message.content):
            match = PLACEHOLDER.fullmatch(text)
            if match is None:
                raise ValueError(
                    f"stages.{stage.name}: cannot read {text}; write {{{{ component.NAME }}}}, "
                    "{{ input.NAME }} or {{ stage.NAME }}"
                )
            kind, name = match.groups()
            yield kind, name
