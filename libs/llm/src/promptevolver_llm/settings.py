"""Settings of the model client."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Price(BaseModel):
    """What a model charges, in USD per token."""

    model_config = ConfigDict(frozen=True)

    prompt: float = Field(ge=0)
    completion: float = Field(ge=0)


class LlmSettings(BaseSettings):
    """Read from the environment, each field as `PROMPTEVOLVER_<FIELD>`.

    Providers' own variables (`OPENAI_API_KEY`, `ANTHROPIC_API_KEY`, ...) are read by LiteLLM.
    """

    model_config = SettingsConfigDict(
        env_prefix="PROMPTEVOLVER_", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    api_base: str | None = Field(
        None, description="Address of the OpenAI-compatible server, e.g. http://localhost:8000/v1"
    )
    model_api_key: SecretStr | None = Field(
        None, description="Its key; without it the provider's own variable is used"
    )
    route: Literal["auto", "litellm"] = Field(
        "auto", description="auto: the lean route wherever the server is OpenAI-compatible"
    )
    max_concurrency: int = Field(64, ge=1, description="Most calls in flight for each provider")
    attempts: int = Field(4, ge=1, description="Attempts of one call at one model")
    backoff_base_s: float = Field(0.5, gt=0, description="Bound of the first random wait")
    backoff_cap_s: float = Field(20, gt=0, description="Bound that the later waits double up to")
    deadline_s: float = Field(
        300, gt=0, description="Bound of one call with its queueing, attempts and waits"
    )
    capture_content: bool = Field(
        default=False, description="Put messages and answers on the spans of calls, in full"
    )
    prices: dict[str, Price] = Field(
        default_factory=dict,
        description='Prices by model name, before LiteLLM\'s: {"openai/mine": {"prompt": 1e-6, …}}',
    )
    simulated_price: Price = Field(
        default=Price(prompt=0.15e-6, completion=0.60e-6),
        description="Made-up price of simulated models",
    )
