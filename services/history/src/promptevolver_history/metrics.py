"""Metrics of the projection. No label carries an id."""

from prometheus_client import Counter, Gauge, Histogram

EVENTS = Counter(
    "promptevolver_history_events_total",
    "Messages taken from the stream by what became of them: new, known, dead",
    ["outcome"],
)
BATCH = Histogram(
    "promptevolver_history_batch_messages",
    "Messages in a batch",
    buckets=(1, 5, 20, 50, 100, 200, 500, 1000, 5000),
)
BATCH_SECONDS = Histogram(
    "promptevolver_history_batch_seconds", "Time from a batch's receipt to its acknowledgement"
)
LAG = Gauge(
    "promptevolver_history_lag_messages", "Messages of the stream that are not yet projected"
)
RETRIES = Counter(
    "promptevolver_history_retries_total", "Attempts repeated because something was away"
)
POOL = Gauge("promptevolver_history_pool_connections", "Connections to Postgres", ["state"])
