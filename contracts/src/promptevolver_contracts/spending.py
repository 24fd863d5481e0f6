"""Money and its like: budgets, and what was spent of them."""

from typing import Literal

from pydantic import Field

from promptevolver_contracts.base import Part

Limit = Literal["calls", "tokens", "usd", "seconds"]


class Budget(Part):
    """Caps of a run; None is no cap. At least one should be set."""

    calls: int | None = Field(None, ge=0, description="Paid model calls")
    tokens: int | None = Field(None, ge=0, description="Prompt and completion tokens together")
    usd: float | None = Field(None, ge=0, description="US dollars, at list prices")
    seconds: float | None = Field(None, ge=0, description="Wall time since the run started")

    def __add__(self, other: "Budget") -> "Budget":
        """Top up: a cap that either leaves open stays as it is on the other side."""

        def plus[N: (int, float)](a: N | None, b: N | None) -> N | None:
            return a if b is None else b if a is None else a + b

        return Budget(
            calls=plus(self.calls, other.calls),
            tokens=plus(self.tokens, other.tokens),
            usd=plus(self.usd, other.usd),
            seconds=plus(self.seconds, other.seconds),
        )


class Spend(Part):
    """What model calls cost. Calls answered from the response cache cost this run nothing."""

    calls: int = Field(0, ge=0, description="Paid calls answered")
    cached_calls: int = Field(0, ge=0, description="Calls answered from the response cache")
    prompt_tokens: int = Field(0, ge=0)
    completion_tokens: int = Field(0, ge=0)
    usd: float = Field(0.0, ge=0, description="Of the calls whose price is known")
    unpriced_calls: int = Field(0, ge=0, description="Paid calls whose price is unknown")

    @property
    def tokens(self) -> int:
        """Prompt and completion tokens together."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: "Spend") -> "Spend":
        return Spend(
            calls=self.calls + other.calls,
            cached_calls=self.cached_calls + other.cached_calls,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            usd=round(self.usd + other.usd, 10),
            unpriced_calls=self.unpriced_calls + other.unpriced_calls,
        )
