"""What surrounds every request: a span, a log line, a measurement, and headers for browsers."""

import time

import structlog
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from promptevolver_runtime.telemetry import extract, trace_id, tracer
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from promptevolver_gateway import pages
from promptevolver_gateway.metrics import Metrics
from promptevolver_gateway.problems import internal, render

log = structlog.get_logger(__name__)

_PROBES = frozenset({"/livez", "/readyz", "/metrics"})
_DATA = "default-src 'none'; frame-ancestors 'none'"
_PAGE = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; frame-ancestors 'none'"
)
"""What the page of the documentation loads."""

_ONE_YEAR = "max-age=31536000; includeSubDomains"


class Trace:
    """Gives each request a span, `X-Trace-Id`, a log line, and an answer even when code fails."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _PROBES:
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0
        with tracer(__name__).start_as_current_span(
            scope["method"],
            context=extract(Headers(scope=scope)),
            kind=SpanKind.SERVER,
            attributes={
                "http.request.method": scope["method"],
                "url.scheme": scope["scheme"],
                "url.path": scope["path"],
            },
        ) as span:

            async def answer(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                    MutableHeaders(scope=message)["X-Trace-Id"] = trace_id() or ""
                await send(message)

            try:
                await self._app(scope, receive, answer)
            except Exception as error:  # nothing that fails here may reach the caller as it is
                log.exception("request failed", path=scope["path"])
                span.record_exception(error)
                if not status:
                    await render(internal(), scope["path"])(scope, receive, answer)
            self._finish(scope, span, status, time.perf_counter() - started)

    def _finish(self, scope: Scope, span: Span, status: int, seconds: float) -> None:
        # Paths of unknown routes would be labels without end.
        route = getattr(scope.get("route"), "path", "unmatched")
        span.update_name(f"{scope['method']} {route}")
        span.set_attributes({"http.route": route, "http.response.status_code": status})
        if status >= 500 or not status:
            span.set_attribute("error.type", str(status))
            span.set_status(Status(StatusCode.ERROR))
        self._metrics.answered(scope["method"], route, status, seconds)
        log.info(
            "request answered",
            method=scope["method"],
            route=route,
            path=scope["path"],
            status=status,
            duration_ms=round(seconds * 1000, 2),
            caller=getattr(scope.get("state", {}).get("identity"), "id", None),
        )


class SecurityHeaders:
    """Tells browsers to take answers for nothing but what they are."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        page = scope["path"] == pages.PATH

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Content-Type-Options"] = "nosniff"
                headers["X-Frame-Options"] = "DENY"
                headers["Referrer-Policy"] = "no-referrer"
                # Reports that are pages themselves say what they need.
                headers.setdefault("Content-Security-Policy", _PAGE if page else _DATA)
                if scope["scheme"] == "https":
                    headers["Strict-Transport-Security"] = _ONE_YEAR
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, answer)
