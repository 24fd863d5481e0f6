"""Health: probes for machines, and the state of everything for people."""

import asyncio
from collections.abc import Awaitable
from importlib.metadata import version

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST
from promptevolver_contracts.queries import GetProjection
from promptevolver_contracts.streams import EVALUATOR_HI, EVALUATOR_STD, OPTIMIZER, ConsumerSpec
from promptevolver_contracts.subjects import GET_METRICS, GET_PROJECTION, GET_STRATEGIES
from promptevolver_runtime.rpc import QueryFailed

from promptevolver_gateway.answers import HealthAnswer, QueueLoad
from promptevolver_gateway.gateway import PREFIX, Gateway, Parts
from promptevolver_gateway.identity import AnyCaller
from promptevolver_gateway.problems import Problem, documented

router = APIRouter(tags=["health"])

_PATIENCE_S = 1.0


@router.get(
    f"{PREFIX}/health",
    operation_id="health_get",
    summary="State of the whole",
    responses=documented(),
)
async def health(_caller: AnyCaller, gateway: Parts) -> HealthAnswer:
    """Say whether the broker, its stream and the services answer, and how long the queues are.

    The status code is 200 even when something is away; see `status`.
    """
    bus, settings = gateway.bus, gateway.settings
    services = {"history": GET_PROJECTION, "optimizer": GET_STRATEGIES, "evaluator": GET_METRICS}
    stream, *answering = await asyncio.gather(
        _holds(bus.stream_exists()),
        *(
            _answers(bus.ask(query, GetProjection(), within_s=_PATIENCE_S))  # type: ignore[arg-type]  # the queries differ in their answers
            for query in services.values()
        ),
    )
    checks = {
        "nats": bus.connected,
        "stream": stream,
        **dict(zip(services, answering, strict=True)),
    }
    specs = (OPTIMIZER, EVALUATOR_HI, EVALUATOR_STD)
    queues = await asyncio.gather(*(_load(gateway, spec) for spec in specs))
    return HealthAnswer(
        status="ok" if all(checks.values()) else "degraded",
        checks=checks,
        queues={spec.name: load for spec, load in zip(specs, queues, strict=True) if load},
        models={
            "task": settings.default_model,
            "reflection": settings.default_reflection_model or settings.default_model,
            "judge": settings.default_judge_model,
        },
        simulated=settings.simulated,
        version=version("promptevolver-gateway"),
    )


async def _holds(check: Awaitable[bool]) -> bool:
    try:
        return await check
    except Problem:
        return False


async def _answers(question: Awaitable[object]) -> bool:
    try:
        await question
    except (QueryFailed, Problem):
        return False
    return True


async def _load(gateway: Gateway, spec: ConsumerSpec) -> QueueLoad | None:
    try:
        load = await gateway.bus.load(spec)
    except Problem:
        return None
    return QueueLoad(pending=load.pending, in_flight=load.in_flight)


@router.get("/livez", summary="Alive", responses={})
async def livez() -> dict[str, str]:
    """Answer as long as the process runs."""
    return {"status": "alive"}


@router.get(
    "/readyz",
    summary="Ready",
    responses={503: {"description": "Not connected yet", "model": dict[str, str]}},
)
async def readyz(gateway: Parts, response: Response) -> dict[str, str]:
    """Answer 200 when the broker is connected and the stream is there, else 503."""
    ready = await _holds(gateway.bus.stream_exists())
    response.status_code = 200 if ready else 503
    return {"status": "ready" if ready else "not ready"}


@router.get(
    "/metrics",
    summary="Metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(gateway: Parts) -> Response:
    """Give the figures that Prometheus reads."""
    return Response(gateway.metrics.exposition(), media_type=CONTENT_TYPE_LATEST)
