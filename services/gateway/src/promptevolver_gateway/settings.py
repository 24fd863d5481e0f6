"""Settings of the gateway."""

from ipaddress import ip_address
from typing import Annotated, Self

from promptevolver_runtime.settings import ServiceSettings
from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict


class Settings(ServiceSettings):
    """Each field is read from `PROMPTEVOLVER_<FIELD>`."""

    model_config = SettingsConfigDict(populate_by_name=True)

    api_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        default=(),
        description="Keys that callers may use, separated by commas; none: loopback only",
    )
    default_model: str | None = Field(
        None,
        validation_alias=AliasChoices("promptevolver_default_model", "promptevolver_model"),
        description="Runs programs when a request names no task model",
    )
    default_reflection_model: str | None = Field(
        None, description="Writes mutations when a request names none; else the task model does"
    )
    default_judge_model: str | None = Field(
        None, description="Judges outputs when a request names none"
    )
    simulated: bool = Field(
        default=False, description="Whether the default models are the simulated provider's"
    )
    max_body_bytes: int = Field(32_000_000, ge=1024, description="Largest request body")
    max_active_runs: int = Field(400, ge=1, description="Runs queued or running before 429")
    max_event_streams: int = Field(1000, ge=1, description="Open event streams of this process")
    max_event_streams_per_caller: int = Field(100, ge=1)
    event_buffer: int = Field(1000, ge=1, description="Events kept for a slow reader")
    event_send_timeout_s: float = Field(30, gt=0, description="Then a stuck reader is cut off")
    heartbeat_s: float = Field(15, gt=0, description="Comment on a quiet event stream")
    catalogue_ttl_s: float = Field(30, ge=0, description="How long catalogues stay fresh")
    write_timeout_s: float = Field(10, gt=0, description="Longest wait for the stream to store")

    @field_validator("api_keys", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(key.strip() for key in value.split(",") if key.strip())

    @model_validator(mode="after")
    def _guarded_unless_private(self) -> Self:
        if not self.api_keys and not _is_loopback(self.host):
            raise ValueError(
                f"listening on {self.host} without a key would let anyone spend money: set "
                "PROMPTEVOLVER_API_KEYS, or PROMPTEVOLVER_HOST=127.0.0.1"
            )
        return self


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
