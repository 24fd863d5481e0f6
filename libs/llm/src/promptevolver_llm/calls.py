"""What is asked of a model, what it answers, and how that can fail."""

from dataclasses import dataclass, field
from typing import Any

from promptevolver_contracts.faults import Fault
from promptevolver_contracts.programs import ChatMessage, Parameters
from promptevolver_contracts.spending import Spend


@dataclass(frozen=True)
class Call:
    """One model call.

    `payer` names the one effect that this call belongs to (run, shard, example, repeat, stage). A
    call that is made again for the same payer is accounted as it was the first time and is not
    paid again, so two different calls must never share one. `cache=False` keeps answers from other
    payers. `repeat` tells apart equal requests whose answers shall be independent. `timeout_s`
    bounds one attempt.
    """

    messages: tuple[ChatMessage, ...]
    model: str
    parameters: Parameters = field(default_factory=Parameters)
    output_schema: dict[str, Any] | None = None
    repeat: int = 0
    timeout_s: float = 60
    fallbacks: tuple[str, ...] = ()
    payer: str = ""
    cache: bool = True


@dataclass(frozen=True)
class Answer:
    """A model's answer.

    `model` is the one that answered. `latency_ms` is that of the successful attempt alone, also
    when the answer comes from the cache. `cached`: another payer paid. `attempts` counts requests
    made now, 0 when the answer was stored before. `full_spend` is what the answer cost whoever paid
    for it, `spend` what it costs this payer.
    """

    text: str
    model: str
    finish_reason: str
    spend: Spend
    latency_ms: float
    cached: bool
    attempts: int
    simulated: bool
    full_spend: Spend = Spend()  # noqa: RUF009  frozen


@dataclass(frozen=True)
class RawAnswer:
    """What a route brings back: LiteLLM's reading of the provider's reply.

    `usage` is LiteLLM's Usage, None when the provider did not report any. `model` is what the
    provider calls the model that answered, empty when it does not say.
    """

    text: str
    finish_reason: str
    refused: bool
    usage: Any
    model: str = ""


class LlmError(Exception):
    """A call failed for good. `spend` is not empty when a refusal was paid for."""

    def __init__(self, fault: Fault, spend: Spend | None = None, attempts: int = 0) -> None:
        super().__init__(f"{fault.kind}: {fault.message}")
        self.fault = fault
        self.spend = spend or Spend()
        self.attempts = attempts
