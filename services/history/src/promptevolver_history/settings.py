"""Settings of the history service."""

from promptevolver_runtime.settings import ServiceSettings
from pydantic import Field, SecretStr


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
    batch_size: int = Field(500, ge=1, le=5000, description="Most messages projected at once")
    batch_wait_s: float = Field(
        0.2, gt=0, le=5, description="How long a batch may take to fill; the delay of read models"
    )
