"""Operations on health; made by derive.py from the document."""

from promptevolver_client import models
from promptevolver_client.calls import Answer, Call


def get() -> Answer[models.HealthAnswer]:
    """State of the whole.

    Say whether the broker, its stream and the services answer, and how long the queues are.

    The status code is 200 even when something is away; see `status`.
    """
    return Answer(Call("GET", "/api/v1/health"), models.HealthAnswer)


def livez() -> Call:
    """Alive.

    Answer as long as the process runs.
    """
    return Call("GET", "/livez")


def metrics() -> Call:
    """Metrics.

    Give the figures that Prometheus reads.
    """
    return Call("GET", "/metrics")


def readyz() -> Call:
    """Ready.

    Answer 200 when the broker is connected and the stream is there, else 503.
    """
    return Call("GET", "/readyz")
