"""What each service may say and hear on the broker: no more than it needs.

The broker's own API is part of it: whoever may make consumers at will, or get stored messages by
any subject, may read the whole stream.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from promptevolver_contracts.streams import (
    ANSWERS,
    BUCKETS,
    CONSUMERS,
    DEAD_LETTER,
    EVALUATOR_HI,
    EVALUATOR_STD,
    HISTORY,
    OPTIMIZER,
    PE,
    STREAMS,
    BucketSpec,
    ConsumerSpec,
    StreamSpec,
)
from promptevolver_contracts.subjects import (
    CONTROLS,
    EPOCHS,
    GET_DATASET,
    GET_EXAMPLES,
    LIVE_PREFIX,
    LOG,
    REQUESTS,
)

_API = "$JS.API"


@dataclass(frozen=True, slots=True)
class Permissions:
    """Subjects that a user may publish and subscribe to, wildcards allowed.

    Replies to what it received are always allowed, once each.
    """

    user: str
    publish: tuple[str, ...]
    subscribe: tuple[str, ...]
    deny_publish: tuple[str, ...] = ()


def inbox_prefix(user: str) -> str:
    """Give the prefix of a user's inboxes: nobody else may listen to what it is answered."""
    return f"_INBOX_{user}"


def _works_off(consumer: ConsumerSpec) -> tuple[str, ...]:
    place = f"{consumer.stream}.{consumer.name}"
    # Acknowledgements have two forms: with and without the account's place in front.
    return (
        f"{_API}.CONSUMER.INFO.{place}",
        f"{_API}.CONSUMER.MSG.NEXT.{place}",
        f"$JS.ACK.{place}.>",
        f"$JS.ACK.*.*.{place}.>",
    )


def _uses(bucket: BucketSpec) -> tuple[str, ...]:
    return (
        f"$KV.{bucket.name}.>",
        f"{_API}.STREAM.INFO.KV_{bucket.name}",
        f"{_API}.DIRECT.GET.KV_{bucket.name}.>",
        f"{_API}.STREAM.MSG.GET.KV_{bucket.name}",
    )


def _sees(streams: Iterable[StreamSpec]) -> tuple[str, ...]:
    return tuple(f"{_API}.STREAM.INFO.{stream.name}" for stream in streams)


def _follows(stream: str) -> tuple[str, ...]:
    """Allow readers of one's own: consumers without a name, which vanish when they are idle."""
    return (
        f"{_API}.CONSUMER.CREATE.{stream}",
        *(f"{_API}.CONSUMER.{act}.{stream}.*" for act in ("INFO", "MSG.NEXT", "DELETE")),
    )


def _others(*own: ConsumerSpec) -> tuple[str, ...]:
    """Keep out of the durable consumers of others, which `_follows` would let one take from."""
    return tuple(
        f"{_API}.CONSUMER.{act}.{each.stream}.{each.name}"
        for each in CONSUMERS
        for act in ("MSG.NEXT", "DELETE")
        if act == "DELETE" or each not in own
    )


def _last(subject: str) -> str:
    return f"{_API}.DIRECT.GET.{PE.name}.{subject}"


_LEADER_READS = f"{_API}.STREAM.MSG.GET.{PE.name}"

EVALUATOR_USER = Permissions(
    user="evaluator",
    publish=(
        "pe.res.>",
        "pe.dlq.>",
        *_sees(STREAMS),
        *_works_off(EVALUATOR_HI),
        *_works_off(EVALUATOR_STD),
        *_uses(ANSWERS),
        _last("pe.res.>"),
        _last(CONTROLS.pattern),
        GET_EXAMPLES.subject,
        GET_DATASET.subject,
    ),
    subscribe=(LIVE_PREFIX + CONTROLS.pattern, "rpc.evaluator.>"),
)
OPTIMIZER_USER = Permissions(
    user="optimizer",
    publish=(
        EPOCHS.pattern,
        LOG.pattern,
        "pe.task.>",
        "pe.dlq.>",
        *_sees(STREAMS),
        *_works_off(OPTIMIZER),
        *_follows(PE.name),
        *_uses(ANSWERS),
        _LEADER_READS,
        GET_EXAMPLES.subject,
        GET_DATASET.subject,
    ),
    subscribe=("rpc.optimizer.>",),
    deny_publish=_others(OPTIMIZER),
)
HISTORY_USER = Permissions(
    user="history",
    publish=(
        "pe.dlq.>",
        *_sees(STREAMS),
        *_works_off(HISTORY),
        *_follows(PE.name),
    ),
    subscribe=("rpc.history.>",),
    deny_publish=_others(HISTORY),
)
GATEWAY_USER = Permissions(
    user="gateway",
    publish=(
        REQUESTS.pattern,
        CONTROLS.pattern,
        "rpc.>",
        *_sees(STREAMS),
        *(f"{_API}.CONSUMER.INFO.{each.stream}.{each.name}" for each in CONSUMERS),
        *_follows(PE.name),
        *(subject for bucket in BUCKETS if bucket != ANSWERS for subject in _uses(bucket)),
        *(
            subject
            for bucket in BUCKETS
            if bucket != ANSWERS
            for subject in _follows(f"KV_{bucket.name}")
        ),
        *(
            subject
            for stream in STREAMS
            if stream not in {PE, DEAD_LETTER}
            for subject in stream.subjects
        ),
        _LEADER_READS,
    ),
    subscribe=(),
    deny_publish=_others(),
)
SERVICE_USERS = (GATEWAY_USER, OPTIMIZER_USER, EVALUATOR_USER, HISTORY_USER)

ADMIN = "admin"
"""The user that provisions and maintains; it may do everything."""
