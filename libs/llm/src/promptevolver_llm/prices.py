"""What calls cost: list prices from LiteLLM's table, overridden by settings."""

from typing import Any

import structlog
from promptevolver_contracts.base import canonical
from promptevolver_contracts.runs import is_simulated
from promptevolver_contracts.spending import Spend

from promptevolver_llm.calls import Call, RawAnswer
from promptevolver_llm.library import litellm
from promptevolver_llm.settings import LlmSettings, Price

_OVERHEAD_PER_CALL = 64
_OVERHEAD_PER_MESSAGE = 16


class Prices:
    """Prices by model name. The first look into LiteLLM's table imports LiteLLM (seconds)."""

    def __init__(self, settings: LlmSettings) -> None:
        self._own = settings.prices
        self._simulated = settings.simulated_price

    def price(self, model: str) -> Price | None:
        """Give the highest price per token that a call may meet, None when it is unknown."""
        if (own := self._fixed(model)) is not None:
            return own
        entry = _entry(model)
        return None if entry is None else _highest(entry)

    def spend(self, call: Call, raw: RawAnswer) -> Spend:
        """Account one answered call.

        Where the provider did not report usage, the tokens are upper bounds and the price counts as
        unknown.
        """
        if raw.usage is None:
            return Spend(
                calls=1,
                prompt_tokens=prompt_bound(call),
                completion_tokens=min(call.parameters.max_tokens, len(raw.text.encode())),
                unpriced_calls=1,
            )
        usd = self._usd(call.model, raw.usage)
        return Spend(
            calls=1,
            prompt_tokens=raw.usage.prompt_tokens,
            completion_tokens=raw.usage.completion_tokens,
            usd=round(usd or 0.0, 10),
            unpriced_calls=int(usd is None),
        )

    def worst_case(self, call: Call) -> Spend:
        """Give an upper bound of what a call may cost at its model or any fallback.

        No tokenizer makes more tokens of a text than it has UTF-8 bytes.
        """
        prompt, completion = prompt_bound(call), call.parameters.max_tokens
        prices = [self.price(model) for model in (call.model, *call.fallbacks)]
        known = [p.prompt * prompt + p.completion * completion for p in prices if p is not None]
        return Spend(
            calls=1,
            prompt_tokens=prompt,
            completion_tokens=completion,
            usd=round(max(known, default=0.0), 10),
            unpriced_calls=int(None in prices),
        )

    def _fixed(self, model: str) -> Price | None:
        if model in self._own:
            return self._own[model]
        return self._simulated if is_simulated(model) else None

    def _usd(self, model: str, usage: Any) -> float | None:
        if (own := self._fixed(model)) is not None:
            return float(
                own.prompt * usage.prompt_tokens + own.completion * usage.completion_tokens
            )
        if _entry(model) is None:
            return None
        try:
            prompt, completion = litellm().cost_per_token(model=model, usage_object=usage)
        except Exception as error:  # noqa: BLE001 - LiteLLM raises anything; the answer is paid for
            structlog.get_logger(__name__).warning(
                "model call could not be priced", model=model, error=type(error).__name__
            )
            return None
        return float(prompt + completion)


def prompt_bound(call: Call) -> int:
    """Give an upper bound of a call's prompt tokens."""
    content = sum(len(message.content.encode()) for message in call.messages)
    schema = 0 if call.output_schema is None else len(canonical(call.output_schema))
    return content + schema + _OVERHEAD_PER_MESSAGE * len(call.messages) + _OVERHEAD_PER_CALL


def _entry(model: str) -> dict[str, Any] | None:
    """Look a model up by its full name, then as its provider's own name for it.

    Equal names at other providers are other products: they have no known price.
    """
    table = litellm().model_cost
    entry: dict[str, Any] | None = table.get(model)
    if entry is None:
        provider, _, bare = model.partition("/")
        entry = table.get(bare, {})
        if not provider or not str(entry.get("litellm_provider")).startswith(provider):
            return None
    return entry if "input_cost_per_token" in entry else None


def _highest(entry: dict[str, Any]) -> Price:
    # Long prompts and thinking may be charged above the plain price; priority is never asked for.
    def highest(prefixes: tuple[str, ...]) -> float:
        return max(
            float(value)
            for name, value in entry.items()
            if name.startswith(prefixes) and "priority" not in name and value is not None
        )

    return Price(
        prompt=highest(("input_cost_per_token",)),
        completion=highest(("output_cost_per_token", "output_cost_per_reasoning_token")),
    )
