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
MIRRORED = Counter(
    "promptevolver_history_mirrored_total",
    "Attempts to bring a run's copy in MLflow up to date: ok, failed, refused",
    ["outcome"],
)
MIRRORS_WAITING = Gauge(
    "promptevolver_history_mirrors_waiting", "Runs whose copy in MLflow is not up to date"
)
JOBS = Counter(
    "promptevolver_history_jobs_total",
    "Exports, reports and imports by what became of them: completed, failed",
    ["kind", "outcome"],
)
SWEPT = Counter(
    "promptevolver_history_swept_total",
    "What nothing referred to any more, and was deleted: items of datasets, interrupted uploads, "
    "contents that were never sent to the end",
    ["what"],
)
_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)
"""A statement should take a few milliseconds; what takes seconds must be told apart as well."""

POOL = Gauge("promptevolver_history_pool_connections", "Connections to Postgres", ["state"])
POOL_LIMIT = Gauge("promptevolver_history_pool_limit", "Most connections to Postgres")
POOL_WAITING = Gauge(
    "promptevolver_history_pool_waiting", "Uses of the database that wait for a connection"
)
POOL_SECONDS = Histogram(
    "promptevolver_history_pool_seconds", "Time until a connection is lent", buckets=_QUICK
)
STATEMENT_SECONDS = Histogram(
    "promptevolver_history_statement_seconds",
    "Time of a statement by the name of its query, from sending it to its last row",
    ["query"],
    buckets=_QUICK,
)
