"""MLflow's client, imported at its first use: it is optional, and takes seconds."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from promptevolver_history.mirrors.tracking import TrackingServer

_ENVIRONMENT = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "5",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    # It would report its use to its makers.
    "MLFLOW_DISABLE_TELEMETRY": "true",
}
"""What it reads from nowhere else; whoever operates the service may say otherwise."""


def open_tracking(uri: str) -> "TrackingServer":
    """Make a client of a server; nothing is asked of it yet. It blocks."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    from promptevolver_history.mirrors.tracking import (  # noqa: PLC0415  see above
        TrackingServer,
    )

    return TrackingServer(uri)
