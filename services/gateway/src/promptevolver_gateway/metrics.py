"""What Prometheus reads of the gateway. Labels never carry ids."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest


class Metrics:
    """Request durations, open event streams and uploads, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._duration = Histogram(
            "promptevolver_http_request_duration_seconds",
            "Time from the request's first byte to the answer's last",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._streams = Gauge(
            "promptevolver_event_streams",
            "Event streams and sockets open now",
            registry=self._registry,
        )
        self._subscriptions = Gauge(
            "promptevolver_event_subscriptions",
            "What those streams and sockets follow, counted for each",
            registry=self._registry,
        )
        self._feeds = Gauge(
            "promptevolver_event_feeds",
            "Readers of the stream that serve them",
            registry=self._registry,
        )
        self._uploads = Gauge(
            "promptevolver_uploads",
            "Files on their way in now: uploads into datasets, and imports",
            registry=self._registry,
        )
        self._upload_bytes = Gauge(
            "promptevolver_upload_bytes",
            "Bytes that are set aside for those files",
            registry=self._registry,
        )
        self._body_bytes = Gauge(
            "promptevolver_body_bytes",
            "Bytes of bodies over 64 KiB that are held in memory while they are worked on",
            registry=self._registry,
        )

    def count_bodies(self, size: Callable[[], float]) -> None:
        """Ask for the bytes of bodies in memory at each scrape."""
        self._body_bytes.set_function(size)

    def count_uploads(self, files: Callable[[], float], size: Callable[[], float]) -> None:
        """Ask for the files on their way in at each scrape."""
        self._uploads.set_function(files)
        self._upload_bytes.set_function(size)

    def count_live(self, **counts: Callable[[], float]) -> None:
        """Ask for what is live at each scrape: `streams`, `subscriptions` and `feeds`."""
        self._streams.set_function(counts["streams"])
        self._subscriptions.set_function(counts["subscriptions"])
        self._feeds.set_function(counts["feeds"])

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Note an answered request by its route's template."""
        self._duration.labels(method, route, str(status)).observe(seconds)

    def exposition(self) -> bytes:
        """Give the text that Prometheus reads, this process's own figures included."""
        return generate_latest() + generate_latest(self._registry)
