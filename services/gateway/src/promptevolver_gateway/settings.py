"""Settings of the gateway."""

from ipaddress import ip_address, ip_network
from typing import Annotated, Literal, Self

from promptevolver_contracts.accounts import Role
from promptevolver_runtime.settings import ServiceSettings
from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from promptevolver_gateway.held import SHARES

_SECRET_LENGTH = 32
_KEY_LENGTH = 20


class Settings(ServiceSettings):
    """Each field is read from `PROMPTEVOLVER_<FIELD>`."""

    model_config = SettingsConfigDict(populate_by_name=True)

    api_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        default=(),
        description="Keys of operators beside those in the database, of 20 characters or more, "
        "separated by commas",
    )
    auth: Literal["auto", "required"] = Field(
        "auto",
        description="auto: on loopback everybody may call until there is a key, user or issuer",
    )
    registration: Literal["open", "invite", "closed"] = Field(
        "invite", description="Who may register: anybody, who was invited, or nobody"
    )
    token_secret: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        default=(),
        description="Signs access tokens: the first of those given, separated by commas; all are "
        "accepted. None: one for this process alone, and off loopback nobody can sign in",
    )
    access_token_s: float = Field(
        600, ge=10, le=3600, description="How long an access token is good"
    )
    refresh_token_s: float = Field(
        14 * 86_400, ge=60, description="How long a session lasts without use"
    )
    refresh_grace_s: float = Field(
        10, ge=0, le=60, description="How long an exchange of refresh tokens may be repeated"
    )
    session_s: float = Field(90 * 86_400, ge=60, description="How long a session lasts at most")
    access_cache_s: float = Field(
        30, ge=0, le=600, description="How long rights are remembered when nothing changes them"
    )
    oidc_issuer: str | None = Field(
        None, description="URL of an OpenID Connect issuer whose access tokens are accepted too"
    )
    oidc_audience: str | None = Field(None, description="What its tokens must be meant for")
    oidc_skew_s: float = Field(30, ge=0, le=300, description="How much its clock may differ")
    oidc_auto_provision: bool = Field(
        default=False, description="Whether its users are made here when they first come"
    )
    oidc_project: str | None = Field(None, description="Project that such a user joins")
    oidc_role: Role | None = Field(None, description="Their role there")
    rate_limit_key: int = Field(1200, ge=1, description="Requests a minute of an API key")
    rate_limit_user: int = Field(1200, ge=1, description="Requests a minute of a user")
    rate_limit_local: int = Field(
        600_000, ge=1, description="Requests a minute where no credential is needed"
    )
    rate_limit_address: int = Field(
        300, ge=1, description="Requests a minute of an address that has not proved who it is"
    )
    rate_limit_sign_in: int = Field(
        10, ge=1, description="Sign-ins a minute to one account from one address"
    )
    trusted_proxies: str | None = Field(
        None,
        description="Addresses or networks of proxies whose X-Forwarded-For is believed, by commas",
    )
    project_active_runs: int = Field(
        100, ge=1, description="Queued or running runs of a project that has no limit of its own"
    )
    project_daily_usd: float | None = Field(
        None, ge=0, description="Spend a day of a project that has no limit of its own"
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
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Origins of pages that may call the API, separated by commas; `*` for all",
    )
    simulated: bool = Field(
        default=False,
        description="Whether the default models are the simulated provider's; then guarded labels "
        "take verdicts over its answers too",
    )
    max_body_bytes: int = Field(32_000_000, ge=1024, description="Largest request body")
    max_upload_bytes: int = Field(
        2_000_000_000, ge=1024, description="Largest file that is uploaded or imported"
    )
    max_uploads: int = Field(
        16, ge=1, description="Files that this process takes in at once, before 503"
    )
    max_uploads_per_caller: int = Field(
        4, ge=1, description="Files that one caller may send this process at once, before 429"
    )
    max_spooled_bytes: int = Field(
        8_000_000_000,
        ge=1024,
        description="Bytes of files that this process takes in at once, before 503: room for them "
        "on disk",
    )
    max_held_bytes: int = Field(
        128_000_000,
        ge=2048,
        description="Bytes of bodies over 64 KiB that this process holds in memory at once, before "
        "503; one caller may fill half of it, before 429",
    )
    body_timeout_s: float = Field(
        30, gt=0, description="How long a body may come slower than the slowest rate, before 408"
    )
    body_min_bytes_per_s: float = Field(
        16_384, gt=0, description="That rate: bytes a second that a body brings at least"
    )
    max_active_runs: int = Field(400, ge=1, description="Runs queued or running before 429")
    max_event_streams: int = Field(
        1000, ge=1, description="Open event streams and sockets of this process"
    )
    max_event_streams_per_caller: int = Field(
        100, ge=1, description="Open event streams and sockets of one caller in this process"
    )
    max_subscriptions: int = Field(50, ge=1, description="Subscriptions of one socket")
    event_buffer: int = Field(1000, ge=10, description="Events kept for a slow reader")
    lifecycle_past: int = Field(
        10_000, ge=1, description="Who follows all runs is told so many messages' past at most"
    )
    event_send_timeout_s: float = Field(30, gt=0, description="Then a stuck reader is cut off")
    progress_interval_s: float = Field(
        0.25, gt=0, description="Shards that come faster are summed up"
    )
    heartbeat_s: float = Field(15, gt=0, description="Sign of life on event streams and sockets")
    socket_message_bytes: int = Field(
        16_384, ge=256, description="Largest message of a socket's client"
    )
    socket_messages_per_s: float = Field(
        10, gt=0, description="Messages of a socket's client; thrice as many at once"
    )
    ticket_s: float = Field(30, gt=0, le=60, description="How long a socket's ticket is good")
    header_timeout_s: float = Field(
        10, gt=0, description="Longest time that a request's headers may take to come"
    )
    webhooks_allow_private: bool = Field(
        default=False, description="Let webhooks lead into private networks, and to plain http"
    )
    catalogue_ttl_s: float = Field(30, ge=0, description="How long catalogues stay fresh")
    write_timeout_s: float = Field(10, gt=0, description="Longest wait for the stream to store")

    @field_validator("api_keys", "cors_origins", "token_secret", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(key.strip() for key in value.split(",") if key.strip())

    @field_validator("token_secret")
    @classmethod
    def _long_enough(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if any(len(secret.get_secret_value()) < _SECRET_LENGTH for secret in value):
            raise ValueError(f"each secret needs at least {_SECRET_LENGTH} random characters")
        return value

    @field_validator("api_keys")
    @classmethod
    def _hard_to_guess(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if any(len(key.get_secret_value()) < _KEY_LENGTH for key in value):
            raise ValueError(
                f"a key in PROMPTEVOLVER_API_KEYS is shorter than {_KEY_LENGTH} characters, and "
                "would give all rights to whoever guesses it; make one by `openssl rand -hex 24`"
            )
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies(cls, value: str | None) -> str | None:
        for each in (value or "").split(","):
            if each.strip() and not _is_narrow(each.strip()):
                raise ValueError(
                    f"'{each.strip()}' is no address and no network of proxies; whoever is "
                    "believed about addresses can give every guess at a password another one"
                )
        return value

    @model_validator(mode="after")
    def _issuer_with_audience(self) -> Self:
        if self.oidc_issuer and not self.oidc_audience:
            raise ValueError(
                "without PROMPTEVOLVER_OIDC_AUDIENCE a token for any other application of the "
                "issuer would do here; set it"
            )
        return self

    @model_validator(mode="after")
    def _room_for_the_largest(self) -> Self:
        if self.max_spooled_bytes < self.max_upload_bytes:
            raise ValueError(
                "the largest upload would never find room; set PROMPTEVOLVER_MAX_SPOOLED_BYTES to "
                f"{self.max_upload_bytes} (PROMPTEVOLVER_MAX_UPLOAD_BYTES) or more"
            )
        return self

    @model_validator(mode="after")
    def _room_for_the_largest_body(self) -> Self:
        if self.max_held_bytes < SHARES * self.max_body_bytes:
            raise ValueError(
                "the largest body would never find room; set PROMPTEVOLVER_MAX_HELD_BYTES to "
                f"{SHARES * self.max_body_bytes} (twice PROMPTEVOLVER_MAX_BODY_BYTES) or more"
            )
        return self

    @property
    def is_private(self) -> bool:
        """Whether only this machine can call."""
        return is_loopback(self.host)

    @property
    def needs_credentials(self) -> bool:
        """Whether callers must say who they are, whatever users and keys there are."""
        configured = self.auth == "required" or self.api_keys or self.oidc_issuer
        return bool(configured) or not self.is_private

    @property
    def signs_in(self) -> bool:
        """Whether sessions can be opened: every gateway must accept what one has signed."""
        return bool(self.token_secret) or self.is_private


def _is_narrow(proxies: str) -> bool:
    try:
        return ip_network(proxies, strict=False).prefixlen > 0
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Whether a name or address leads to this machine alone."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
