"""Subjects, streams, consumers and buckets."""

from promptevolver_contracts import streams, subjects
from promptevolver_contracts.documents import EVENTS, QUERIES, consumers, query_name

from reference_pages.markdown import code, table, title

_SCHEMAS = "../../contracts/schemas"
_DAY_S = 86_400


def page() -> str:
    """Give the whole page."""
    return "\n".join(
        [
            title("Subjects and streams"),
            (
                "What the services say to one another over NATS. The same as an AsyncAPI document: "
                f"[asyncapi.json]({_SCHEMAS}/asyncapi.json). Bodies are JSON; unknown fields are "
                "ignored; whatever is stored on `pe.>` is also sent live on "
                f"`{subjects.LIVE_PREFIX}pe.>`.\n"
            ),
            "## Events\n",
            _events(),
            "## Questions\n",
            "Request and reply. An answer holds `data` or `error`.\n",
            _queries(),
            "## Streams\n",
            _streams(),
            "## Consumers\n",
            "Durable and pulled; attempts are counted by the worker, not by the broker.\n",
            _consumers(),
            "## Buckets\n",
            _buckets(),
        ]
    )


def _schema(name: str) -> str:
    return f"[{name}]({_SCHEMAS}/{name}.json)"


def _events() -> str:
    rows = (
        (code(event.template), _schema(name), event.writer, ", ".join(_readers(name)))
        for name, event in EVENTS.items()
    )
    return table(("Subject", "Body", "Written by", "Read by"), rows)


def _readers(name: str) -> tuple[str, ...]:
    # Shards are read lane by lane, so no single consumer covers the whole subject.
    return ("evaluator",) if name == "shard" else consumers(name)


def _queries() -> str:
    rows = (
        (
            code(query.subject),
            _schema(f"{query_name(query)}_question"),
            _schema(f"{query_name(query)}_answer"),
            query.subject.split(".")[1],
        )
        for query in QUERIES
    )
    return table(("Subject", "Question", "Answer", "Answered by"), rows)


def _streams() -> str:
    rows = (
        (
            code(stream.name),
            ", ".join(map(code, stream.subjects)),
            f"{stream.max_bytes // streams.GIB} GiB",
            f"{stream.max_age_s / _DAY_S:g} days" if stream.max_age_s else "for ever",
            f"{stream.max_message_bytes // streams.KIB} KiB",
            f"{stream.duplicate_window_s:g} s",
        )
        for stream in streams.STREAMS
    )
    head = ("Stream", "Subjects", "Most bytes", "Kept", "Largest message", "Duplicate window")
    return table(head, rows)


def _consumers() -> str:
    rows = (
        (
            code(consumer.name),
            code(consumer.stream),
            ", ".join(map(code, consumer.filters)),
            f"{consumer.ack_wait_s:g} s",
            f"{consumer.heartbeat_s:g} s",
            str(consumer.max_ack_pending),
        )
        for consumer in streams.CONSUMERS
    )
    head = ("Consumer", "Stream", "Filters", "Acknowledged within", "Heartbeat", "Most unanswered")
    return table(head, rows)


def _buckets() -> str:
    rows = (
        (
            code(bucket.name),
            f"{bucket.ttl_s / _DAY_S:g} days" if bucket.ttl_s >= _DAY_S else f"{bucket.ttl_s:g} s",
            f"{bucket.max_bytes / streams.GIB:.3g} GiB",
            f"{bucket.max_value_bytes // streams.KIB} KiB",
        )
        for bucket in streams.BUCKETS
    )
    return table(("Bucket", "Kept", "Most bytes", "Largest value"), rows)
