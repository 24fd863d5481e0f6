"""Programs, as requests spell them."""

from promptevolver_contracts import programs
from promptevolver_contracts.ids import Name
from pydantic import Field

from promptevolver_gateway.schemas.base import Body


class ComponentBody(programs.Component, extra="forbid"):
    """A named text of a program that may evolve."""


class MessageBody(programs.ChatMessage, extra="forbid"):
    """One message of a model call."""


class ParametersBody(programs.Parameters, extra="forbid"):
    """Sampling parameters; those left out are the provider's own."""


class StageBody(programs.Stage, extra="forbid"):
    """One model call.

    Placeholders: `{{ component.NAME }}`, `{{ input.NAME }}`, `{{ stage.NAME }}`.
    """

    messages: tuple[MessageBody, ...] = Field(min_length=1)
    parameters: ParametersBody = ParametersBody()


class ProgramBody(Body):
    """What evolves: ordered stages with named texts. The last stage's output is the output."""

    name: Name
    components: dict[str, ComponentBody] = Field(default_factory=dict)
    stages: tuple[StageBody, ...] = Field(min_length=1, max_length=20)
