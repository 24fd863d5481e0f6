"""Structured logs: one JSON object a line, with what is bound to the current context."""

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from promptevolver_runtime.settings import ServiceSettings
from promptevolver_runtime.telemetry import trace_id


def configure_logs(settings: ServiceSettings, service: str) -> None:
    """Send structlog and the standard library's logs to standard error in one form.

    Handlers bind `run_id` and `candidate_id` by `structlog.contextvars`; the trace id comes from
    the current span.
    """
    shared = _shared(service, settings.instance)
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[settings.log_level]
        ),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)
    for chatty in ("httpx", "httpcore", "LiteLLM", "nats", "aiohttp.access"):
        logging.getLogger(chatty).setLevel("WARNING")


def _shared(service: str, instance: str) -> list[Processor]:
    """Give what every record goes through, whoever made it."""

    def add_process(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["service"] = service
        event["instance"] = instance
        if (current := trace_id()) is not None:
            event["trace_id"] = current
        return event

    return [
        structlog.contextvars.merge_contextvars,
        add_process,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
