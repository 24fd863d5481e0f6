"""What the evaluator counts. Labels never carry ids."""

from prometheus_client import Counter, Gauge, Histogram

OUTCOMES = Counter("promptevolver_outcomes_total", "Outcomes by class", ["outcome_class"])
FAULTS = Counter("promptevolver_shard_faults_total", "Shards met by a fault, by kind", ["kind"])
SHARD_SECONDS = Histogram(
    "promptevolver_shard_seconds",
    "Time from receipt of a shard to its result",
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300),
)
SHARDS_IN_FLIGHT = Gauge("promptevolver_shards_in_flight", "Shards being evaluated now")
