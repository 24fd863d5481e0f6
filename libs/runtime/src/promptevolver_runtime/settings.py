"""Settings that every service has; each service adds its own by a subclass."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

PREFIX = "PROMPTEVOLVER_"


def _instance() -> str:
    return f"{socket.gethostname()}-{os.getpid()}"


class ServiceSettings(BaseSettings):
    """Read from the environment, each field as `PROMPTEVOLVER_<FIELD>`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,  # an error stands in logs, and the input may be a secret
    )

    nats_url: str = Field("nats://127.0.0.1:4222", description="Address of nats-server")
    nats_user: str | None = Field(
        None, description="User of nats-server, named as the service; none: no authentication"
    )
    nats_password: SecretStr | None = Field(None, description="Its password")
    host: str = Field("127.0.0.1", description="Where the service's own HTTP listens")
    port: int = Field(0, ge=0, le=65535, description="Its port; 0 picks a free one")
    ports_file: Path | None = Field(None, description="File that the chosen port is written to")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"
    otlp_endpoint: str | None = Field(
        None, description="OTLP over HTTP, e.g. http://jaeger:4318; telemetry is off without it"
    )
    instance: str = Field(default_factory=_instance, description="Name of this process")
    drain_s: float = Field(25, ge=0, description="Seconds given to work in hand on SIGTERM")


@contextmanager
def faults_by_variable() -> Iterator[None]:
    """End the process with a line for each variable that is wrong, not with a traceback.

    Values are left out: they may be secrets.
    """
    try:
        yield
    except ValidationError as error:
        faults = [f"  {_fault(each)}" for each in error.errors(include_input=False)]
        raise SystemExit("\n".join(["wrong settings in the environment:", *faults])) from None
    except SettingsError as error:
        raise SystemExit(f"wrong settings in the environment: {error}; give JSON") from None


def _fault(found: ErrorDetails) -> str:
    message = found["msg"].removeprefix("Value error, ")
    bounds = found.get("ctx", {})
    if found["type"] == "too_short" and bounds.get("field_type") == "Value":
        # A secret: pydantic does not know that it is made of characters.
        message = f"it is too short; give at least {bounds['min_length']} characters"
    if not found["loc"]:
        return message
    field, *place = map(str, found["loc"])
    variable = PREFIX + field.upper().removeprefix(PREFIX)
    return f"{'.'.join([variable, *place])}: {message}"
