"""Where a model is: its provider, its name there, address and key."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from promptevolver_contracts.faults import Fault
from promptevolver_contracts.programs import response_format

from promptevolver_llm.calls import Call, LlmError, RawAnswer
from promptevolver_llm.library import litellm
from promptevolver_llm.settings import LlmSettings

# Providers that speak OpenAI's protocol at an address that the operator chooses.
COMPATIBLE = frozenset({"openai", "hosted_vllm", "lm_studio", "llamafile"})


@dataclass(frozen=True)
class Target:
    """A model as a route needs it. `name` is the one asked for, `model` the provider's own."""

    name: str
    model: str
    provider: str
    api_base: str | None
    api_key: str | None = field(repr=False)

    @property
    def limit_key(self) -> str:
        """What shares one concurrency limit."""
        return f"{self.provider} {self.api_base or ''}"


class Route(Protocol):
    """A way to have a call answered. Raises LlmError with a classified fault.

    How long it may take is up to the caller, who cancels.
    """

    async def complete(self, call: Call, target: Target) -> RawAnswer: ...

    async def close(self) -> None: ...


def locate(model: str, settings: LlmSettings) -> Target:
    """Find a model's provider. Raises LlmError (bad_request) for a name that LiteLLM cannot read.

    The configured address and key are for OpenAI-compatible servers alone; no other provider ever
    sees them.
    """
    library = litellm()
    try:
        bare, provider, key, base = library.get_llm_provider(model)
    except library.exceptions.BadRequestError as error:
        message = f"no provider is known for model '{model}'; write it as provider/model"
        raise LlmError(Fault(kind="bad_request", message=message)) from error
    if provider in COMPATIBLE:
        base = settings.api_base or base
        if settings.model_api_key is not None:
            key = settings.model_api_key.get_secret_value()
    return Target(name=model, model=bare, provider=provider, api_base=base, api_key=key)


def request_messages(call: Call) -> list[dict[str, str]]:
    """Spell a call's messages as OpenAI does."""
    return [{"role": each.role, "content": each.content} for each in call.messages]


def request_parameters(call: Call) -> dict[str, Any]:
    """Spell a call's parameters as OpenAI does; those left out are the provider's own."""
    given = call.parameters
    parameters: dict[str, Any] = {"max_tokens": given.max_tokens}
    if given.temperature is not None:
        parameters["temperature"] = given.temperature
    if given.top_p is not None:
        parameters["top_p"] = given.top_p
    if given.stop:
        parameters["stop"] = list(given.stop)
    if call.output_schema is not None:
        parameters["response_format"] = response_format(call.output_schema)
    return parameters


def read(response: Any) -> RawAnswer:
    """Read LiteLLM's ModelResponse. Raises LlmError (malformed) when it holds no choice."""
    if not response.choices:
        raise LlmError(Fault(kind="malformed", message="the reply holds no choice"))
    choice = response.choices[0]
    usage = getattr(response, "usage", None)
    refusal = (choice.message.provider_specific_fields or {}).get("refusal")
    return RawAnswer(
        text=choice.message.content or "",
        finish_reason=str(choice.finish_reason),
        refused=bool(refusal) or choice.finish_reason == "content_filter",
        # LiteLLM fills in zeros; a prompt of no tokens does not exist.
        usage=usage if usage is not None and usage.prompt_tokens else None,
        model=response.model or "",
    )
