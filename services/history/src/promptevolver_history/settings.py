"""Settings of the history service."""

from importlib.util import find_spec
from typing import Annotated, Literal, Self, get_args

from promptevolver_contracts.accounts import Email
from promptevolver_runtime.settings import ServiceSettings
from pydantic import AnyHttpUrl, Field, FilePath, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

Role = Literal["project", "answer", "work"]
ROLES: tuple[Role, ...] = get_args(Role)

_Password = Annotated[SecretStr, Field(min_length=12, max_length=256)]


class Settings(ServiceSettings):
    """Read from the environment, each field as `PROMPTEVOLVER_<FIELD>`."""

    database_url: SecretStr = Field(
        SecretStr("postgresql://postgres@127.0.0.1:5432/promptevolver"),
        description="Where Postgres is, as a postgresql:// URL",
    )
    migrate_on_start: bool = Field(
        default=True, description="Apply missing migrations before serving"
    )
    pool_size: int = Field(8, ge=2, le=100, description="Most connections to Postgres")
    connect_timeout_s: float = Field(5, gt=0, description="Given to a new connection")
    statement_timeout_s: float = Field(20, gt=0, description="Given to one statement")
    lock_timeout_s: float = Field(
        3, gt=0, description="How long a statement waits for what somebody else is changing"
    )
    heavy_questions: int = Field(
        3, ge=1, le=100, description="Comparisons, diffs and the like that are answered at once"
    )
    webhooks_allow_private: bool = Field(
        default=False, description="Let webhooks lead into private networks, and to plain http"
    )
    webhook_timeout_s: float = Field(10, gt=0, le=60, description="Given to a webhook's answer")
    webhook_retention_days: int = Field(30, ge=1, description="Settled deliveries are kept so long")
    jobs_at_once: int = Field(
        2, ge=1, le=16, description="Exports, reports and imports that one replica works on"
    )
    job_statement_timeout_s: float = Field(
        600, gt=0, description="Given to one statement of a job, on connections of its own"
    )
    job_retention_days: int = Field(7, ge=1, description="Jobs and their files are kept so long")
    mlflow_tracking_uri: AnyHttpUrl | None = Field(
        None, description="MLflow server that runs are mirrored to; none: they are not"
    )
    mlflow_experiment_prefix: str = Field(
        "promptevolver",
        min_length=1,
        max_length=200,
        description="A project's runs are in the experiment `<prefix>/<project>`",
    )
    report_font: FilePath | None = Field(
        None,
        description="TrueType font of PDF reports, for scripts that the bundled ones lack",
    )
    admin_email: Email | None = Field(
        None, description="First admin, made at the start while there is no user yet"
    )
    admin_password: _Password | None = Field(
        None, description="Their password, of at least 12 characters; also read by create-admin"
    )
    history_roles: Annotated[tuple[Role, ...], NoDecode] = Field(
        default=ROLES,
        min_length=1,
        description="What this process does, separated by commas: `project` the stream, `answer` "
        "queries, `work` off jobs and webhooks. Apart, a busy stream slows no query",
    )
    batch_size: int = Field(500, ge=1, le=5000, description="Most messages projected at once")
    batch_wait_s: float = Field(
        0.2, gt=0, le=5, description="How long a batch may take to fill; the delay of read models"
    )

    @field_validator("history_roles", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(role.strip() for role in value.split(",") if role.strip())

    @model_validator(mode="after")
    def _admin_with_password(self) -> Self:
        if self.admin_email is not None and self.admin_password is None:
            raise ValueError(
                "PROMPTEVOLVER_ADMIN_EMAIL needs PROMPTEVOLVER_ADMIN_PASSWORD: there is no default"
            )
        return self

    @model_validator(mode="after")
    def _mirror_with_client(self) -> Self:
        if self.mlflow_tracking_uri is not None and find_spec("mlflow") is None:
            raise ValueError(
                "PROMPTEVOLVER_MLFLOW_TRACKING_URI needs MLflow's client: "
                "install promptevolver-history[mlflow]"
            )
        return self
