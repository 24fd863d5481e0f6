"""The gateway with a broker in memory, and requests to send it."""

from support.gateway.api import build_api
from support.gateway.bodies import KEY, METRICS, STRATEGIES, examples, optimize_body
from support.gateway.bus import FakeBus
from support.gateway.events import data_of, sse
from support.gateway.history import AT, CANDIDATE, FakeHistory, failed, run_view

__all__ = [
    "AT",
    "CANDIDATE",
    "KEY",
    "METRICS",
    "STRATEGIES",
    "FakeBus",
    "FakeHistory",
    "build_api",
    "data_of",
    "examples",
    "failed",
    "optimize_body",
    "run_view",
    "sse",
]
