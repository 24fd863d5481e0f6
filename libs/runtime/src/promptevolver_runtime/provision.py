"""Creating and changing streams, consumers and buckets: the only place that does.

Run it once by `promptevolver-provision`; services verify and refuse to run on drift.
"""

import asyncio
from collections.abc import Iterable

import structlog
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DiscardPolicy,
    KeyValueConfig,
    RePublish,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import NotFoundError
from promptevolver_contracts.streams import (
    BUCKETS,
    CONSUMERS,
    STREAMS,
    BucketSpec,
    ConsumerSpec,
    StreamSpec,
)
from pydantic import Field

from promptevolver_runtime.connection import connect
from promptevolver_runtime.logs import configure_logs
from promptevolver_runtime.settings import ServiceSettings, faults_by_variable

log = structlog.get_logger(__name__)

_DUPLICATES_S = 120
"""The server refuses a bucket whose values go sooner than it remembers their ids."""


class Drift(Exception):
    """The broker's configuration is not the one in contracts; run `promptevolver-provision`."""


class ProvisionSettings(ServiceSettings):
    """Settings of the provision command."""

    replicas: int = Field(1, ge=1, le=5, description="3 in production")


def stream_config(spec: StreamSpec, replicas: int) -> StreamConfig:
    """Spell a stream as the broker wants it."""
    republish = spec.republish and RePublish(src=spec.republish[0], dest=spec.republish[1])
    return StreamConfig(
        name=spec.name,
        subjects=list(spec.subjects),
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        discard=DiscardPolicy.OLD if spec.counter else DiscardPolicy.NEW,
        max_msgs_per_subject=1 if spec.counter else -1,
        num_replicas=replicas,
        max_bytes=spec.max_bytes,
        max_age=spec.max_age_s,
        max_msg_size=spec.max_message_bytes,
        duplicate_window=spec.duplicate_window_s,
        allow_direct=True,
        allow_atomic=spec.allow_atomic or None,
        allow_msg_counter=spec.counter or None,
        deny_delete=spec.deny_delete,
        republish=republish or None,
    )


def consumer_config(spec: ConsumerSpec) -> ConsumerConfig:
    """Spell a consumer as the broker wants it."""
    filters = list(spec.filters)
    return ConsumerConfig(
        durable_name=spec.name,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=spec.ack_wait_s,
        max_deliver=-1,
        max_ack_pending=spec.max_ack_pending,
        filter_subject=filters[0] if len(filters) == 1 else None,
        filter_subjects=filters if len(filters) > 1 else None,
    )


async def provision(js: JetStreamContext, replicas: int = 1) -> None:
    """Apply every stream, consumer and bucket of contracts; safe to repeat."""
    for stream in STREAMS:
        config = stream_config(stream, replicas)
        try:
            await js.stream_info(stream.name)
        except NotFoundError:
            await js.add_stream(config)
        else:
            await js.update_stream(config)
    for consumer in CONSUMERS:
        await js.add_consumer(consumer.stream, consumer_config(consumer))
    for bucket in BUCKETS:
        await _provision_bucket(js, bucket, replicas)
    log.info("provisioned", streams=len(STREAMS), consumers=len(CONSUMERS), buckets=len(BUCKETS))


async def _provision_bucket(js: JetStreamContext, spec: BucketSpec, replicas: int) -> None:
    stream = f"KV_{spec.name}"
    try:
        found = (await js.stream_info(stream)).config
    except NotFoundError:
        await js.create_key_value(KeyValueConfig(bucket=spec.name, replicas=replicas, direct=True))
        found = (await js.stream_info(stream)).config
    wanted = found.evolve(
        discard=DiscardPolicy.OLD if spec.evicts else DiscardPolicy.NEW,
        max_age=spec.ttl_s,
        max_bytes=spec.max_bytes,
        max_msg_size=spec.max_value_bytes,
        duplicate_window=min(spec.ttl_s, _DUPLICATES_S),
        num_replicas=replicas,
    )
    if wanted != found:
        await js.update_stream(wanted)


async def verify(js: JetStreamContext, *, consumers: Iterable[ConsumerSpec] = ()) -> None:
    """Compare the broker with contracts. Raises Drift, which says what differs."""
    for stream in STREAMS:
        try:
            found = (await js.stream_info(stream.name)).config
        except NotFoundError as error:
            raise Drift(f"stream {stream.name} is missing") from error
        wanted = stream_config(stream, found.num_replicas or 1)
        for name in ("subjects", "retention", "max_msg_size", "discard", "duplicate_window"):
            _same(f"stream {stream.name}", name, getattr(found, name), getattr(wanted, name))
        for name in ("allow_atomic", "allow_direct", "deny_delete"):
            found_flag = bool(getattr(found, name))
            _same(f"stream {stream.name}", name, found_flag, bool(getattr(wanted, name)))
        _same(f"stream {stream.name}", "republish", _route(found), _route(wanted))
    for consumer in consumers:
        try:
            info = await js.consumer_info(consumer.stream, consumer.name)
        except NotFoundError as error:
            raise Drift(f"consumer {consumer.name} is missing") from error
        config = info.config
        filters = config.filter_subjects or [config.filter_subject]
        where = f"consumer {consumer.name}"
        _same(where, "filters", sorted(f or "" for f in filters), sorted(consumer.filters))
        _same(where, "ack_wait", config.ack_wait, consumer.ack_wait_s)
        _same(where, "max_deliver", config.max_deliver, -1)


def _route(config: StreamConfig) -> tuple[str | None, str | None] | None:
    route = config.republish
    return None if route is None else (route.src, route.dest)


def _same(where: str, what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise Drift(f"{where}: {what} is {found!r}, contracts say {wanted!r}")


def main() -> None:
    """Provision the broker that the environment names."""
    with faults_by_variable():
        settings = ProvisionSettings()
    configure_logs(settings, "provision")
    asyncio.run(_main(settings))


async def _main(settings: ProvisionSettings) -> None:
    nc = await connect(settings, "provision")
    await provision(nc.jetstream(), settings.replicas)
    await nc.close()


if __name__ == "__main__":
    main()
