"""Streams, consumers and buckets as data; `provision` applies them and nothing else does."""

from dataclasses import dataclass

from promptevolver_contracts import subjects

KIB = 1024
MIB = 1024**2
GIB = 1024**3
MESSAGE_BYTES = 256 * KIB
"""Largest message of the main stream; whatever is larger is cut into pages or shards."""


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """A stream kept by limits."""

    name: str
    subjects: tuple[str, ...]
    max_bytes: int
    max_age_s: float = 0
    max_message_bytes: int = MESSAGE_BYTES
    duplicate_window_s: float = 120
    allow_atomic: bool = False
    deny_delete: bool = False
    republish: tuple[str, str] | None = None
    counter: bool = False
    """Each subject holds a number, messages add to it; the oldest make room"""


@dataclass(frozen=True, slots=True)
class ConsumerSpec:
    """A durable pull consumer. Attempts are counted by the worker, never by the broker."""

    stream: str
    name: str
    filters: tuple[str, ...]
    ack_wait_s: float = 30
    max_ack_pending: int = 5000

    @property
    def heartbeat_s(self) -> float:
        """How often a worker says that it is still busy."""
        return self.ack_wait_s / 3


@dataclass(frozen=True, slots=True)
class BucketSpec:
    """A key-value bucket."""

    name: str
    ttl_s: float
    max_bytes: int
    max_value_bytes: int = MESSAGE_BYTES
    evicts: bool = False
    """When it is full the oldest values go; otherwise new ones are refused."""


PE = StreamSpec(
    name="PE",
    subjects=(
        "pe.req.*",
        "pe.ctl.*",
        "pe.epoch.*",
        "pe.log.*",
        "pe.task.>",
        "pe.res.>",
    ),
    max_bytes=50 * GIB,
    duplicate_window_s=600,
    allow_atomic=True,
    deny_delete=True,
    republish=("pe.>", f"{subjects.LIVE_PREFIX}pe.>"),
)
DEAD_LETTER = StreamSpec(
    name="PE_DLQ",
    subjects=(subjects.DEAD_LETTERS,),
    max_bytes=2 * GIB,
    max_age_s=30 * 86_400,
    max_message_bytes=MESSAGE_BYTES + 16 * KIB,
)
COUNTS = StreamSpec(
    name="COUNTS",
    subjects=(subjects.COUNTS,),
    max_bytes=64 * MIB,
    max_age_s=300,
    max_message_bytes=KIB,
    counter=True,
)
"""How many requests each caller sent in a window of time; losing it costs a window's limit."""
STREAMS = (PE, DEAD_LETTER, COUNTS)

OPTIMIZER = ConsumerSpec("PE", "optimizer", ("pe.req.*",), max_ack_pending=500)
EVALUATOR_HI = ConsumerSpec("PE", "evaluator-hi", ("pe.task.hi.>",))
EVALUATOR_STD = ConsumerSpec("PE", "evaluator-std", ("pe.task.std.>",))
HISTORY = ConsumerSpec(
    "PE",
    "history",
    ("pe.req.*", "pe.ctl.*", "pe.epoch.*", "pe.log.*", "pe.res.>"),
    ack_wait_s=30,
    max_ack_pending=20_000,
)
CONSUMERS = (OPTIMIZER, EVALUATOR_HI, EVALUATOR_STD, HISTORY)

ANSWERS = BucketSpec(name="LLM", ttl_s=14 * 86_400, max_bytes=10 * GIB, evicts=True)
"""Answers of models. Losing an old one may cost a call; a run waits until a new one is kept."""
TICKETS = BucketSpec(name="TICKETS", ttl_s=60, max_bytes=16 * MIB, max_value_bytes=16 * KIB)
"""One-time tickets for WebSockets, each under its hash until it is used."""
ACCESS = BucketSpec(name="ACCESS", ttl_s=3600, max_bytes=64 * MIB, max_value_bytes=KIB)
"""Whose rights have changed, by kind and id; every gateway forgets what it knew of them."""
IDEMPOTENCY = BucketSpec(name="IDEMPOTENCY", ttl_s=86_400, max_bytes=2 * GIB)
"""First answers by Idempotency-Key."""
BUCKETS = (ANSWERS, TICKETS, ACCESS, IDEMPOTENCY)
