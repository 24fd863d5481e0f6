"""The four services and the simulated provider as processes: commands, environment, health."""

import json
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from promptevolver_local.process import Spec

ROOT = Path(__file__).resolve().parents[4]
EXAMPLE = ROOT / "examples" / "support-triage"
_BUILTIN = "services/gateway/src/promptevolver_gateway/templates/builtin/*/landscape.yaml"

_DRAIN_S = 5.0
_PROBE_S = 5.0
_NOT_INHERITED = ("PROMPTEVOLVER_PORT", "PROMPTEVOLVER_PORTS_FILE")
_CALLS_MODELS = ("evaluator", "optimizer")


@dataclass(frozen=True, slots=True)
class Models:
    """Which models play the parts, by their LiteLLM names."""

    task: str
    reflection: str
    judge: str


SIMULATED = Models(
    task="openai/simulated-task",
    reflection="openai/simulated-reflection",
    judge="openai/simulated-judge",
)


@dataclass(frozen=True, slots=True)
class Provider:
    """How the simulated provider behaves. Faults as its fault settings name them."""

    landscape: Path = EXAMPLE / "landscape.yaml"
    seed: int = 0
    latency_ms: float = 20
    faults: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the servers of one stack listen."""

    nats: int
    postgres: str
    provider: int
    gateway: int


def service(
    name: str,
    addresses: Addresses,
    port: int,
    models: Models,
    environment: Mapping[str, str],
) -> Spec:
    """Describe one process of a service; `name` may carry a replica's number (`evaluator-2`)."""
    member = name.partition("-")[0]
    own = {
        "PROMPTEVOLVER_NATS_URL": f"nats://127.0.0.1:{addresses.nats}",
        "PROMPTEVOLVER_HOST": "127.0.0.1",
        "PROMPTEVOLVER_PORT": str(port),
        "PROMPTEVOLVER_DRAIN_S": str(_DRAIN_S),
        "PROMPTEVOLVER_INSTANCE": name,
    }
    if member == "history":
        own["PROMPTEVOLVER_DATABASE_URL"] = addresses.postgres
    if member == "gateway":
        own["PROMPTEVOLVER_DEFAULT_MODEL"] = models.task
        own["PROMPTEVOLVER_DEFAULT_REFLECTION_MODEL"] = models.reflection
        own["PROMPTEVOLVER_DEFAULT_JUDGE_MODEL"] = models.judge
        own["PROMPTEVOLVER_SIMULATED"] = str(models is SIMULATED).lower()
    if member in _CALLS_MODELS and models is SIMULATED:
        own["PROMPTEVOLVER_API_BASE"] = f"http://127.0.0.1:{addresses.provider}/v1"
        own["PROMPTEVOLVER_MODEL_API_KEY"] = "simulated"
    return Spec(
        name=name,
        command=(sys.executable, "-m", f"promptevolver_{member}"),
        ready=answers(f"http://127.0.0.1:{port}/readyz"),
        environment={**_inherited(), **own, **environment},
        stop_grace_s=_DRAIN_S + 3,
    )


def provider(options: Provider, port: int, log: Path) -> Spec:
    """Describe the simulated provider; it appends one line for each request to `log`."""
    return Spec(
        name="provider",
        command=(
            *(sys.executable, "-m", "promptevolver_local.provider", "--port", str(port)),
            # The first one is the one of texts that no landscape knows.
            *("--landscape", str(options.landscape), *map(str, sorted(ROOT.glob(_BUILTIN)))),
            *("--seed", str(options.seed)),
            *("--latency-ms", str(options.latency_ms), "--log", str(log)),
            *("--faults", json.dumps(dict(options.faults))),
        ),
        ready=answers(f"http://127.0.0.1:{port}/healthz"),
        stop_grace_s=5,
    )


def answers(url: str) -> Callable[[], Awaitable[bool]]:
    """Make a check that tells whether the URL answers 200."""

    async def check() -> bool:
        async with httpx.AsyncClient(trust_env=False, timeout=_PROBE_S) as client:
            try:
                return (await client.get(url)).status_code == httpx.codes.OK
            except httpx.HTTPError:
                return False

    return check


def _inherited() -> dict[str, str]:
    """Give the caller's environment, less what would make a service listen elsewhere."""
    return {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
