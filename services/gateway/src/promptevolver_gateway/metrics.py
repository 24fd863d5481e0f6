"""What Prometheus reads of the gateway. Labels never carry ids."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest


class Metrics:
    """Request durations and open event streams, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._duration = Histogram(
            "promptevolver_http_request_duration_seconds",
            "Time from the request's first byte to the answer's last",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._streams = Gauge(
            "promptevolver_event_streams", "Event streams open now", registry=self._registry
        )

    def count_streams(self, count: Callable[[], float]) -> None:
        """Ask for the number of open event streams at each scrape."""
        self._streams.set_function(count)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Note an answered request by its route's template."""
        self._duration.labels(method, route, str(status)).observe(seconds)

    def exposition(self) -> bytes:
        """Give the text that Prometheus reads, this process's own figures included."""
        return generate_latest() + generate_latest(self._registry)
