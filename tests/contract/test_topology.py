"""Subjects, streams and consumers fit one another."""

from collections import Counter
from importlib import import_module
from pkgutil import iter_modules

import promptevolver_contracts
import pytest
from promptevolver_contracts import streams, subjects
from promptevolver_contracts.documents import EVENTS, QUERIES, consumers, covers
from promptevolver_contracts.rpc import Query
from promptevolver_contracts.subjects import Subject

SERVICES = {"gateway", "optimizer", "evaluator", "history"}
BY_NAME = {stream.name: stream for stream in streams.STREAMS}


@pytest.mark.parametrize("pattern", [e.pattern for e in EVENTS.values()] + [subjects.DEAD_LETTERS])
def test_a_subject_is_kept_by_exactly_one_stream(pattern: str) -> None:
    keepers = [
        (stream.name, wide)
        for stream in streams.STREAMS
        for wide in stream.subjects
        if covers(wide, pattern)
    ]
    assert len(keepers) == 1


@pytest.mark.parametrize("consumer", streams.CONSUMERS, ids=lambda consumer: consumer.name)
def test_a_consumer_reads_its_own_stream_alone(consumer: streams.ConsumerSpec) -> None:
    kept = BY_NAME[consumer.stream].subjects
    for narrow in consumer.filters:
        assert any(covers(wide, narrow) for wide in kept), narrow


@pytest.mark.parametrize("consumer", streams.CONSUMERS, ids=lambda consumer: consumer.name)
def test_a_consumers_filters_do_not_overlap(consumer: streams.ConsumerSpec) -> None:
    for filter_ in consumer.filters:
        others = [other for other in consumer.filters if other != filter_]
        assert not any(covers(other, filter_) for other in others)


def test_a_worker_beats_often_enough_to_keep_its_message() -> None:
    for consumer in streams.CONSUMERS:
        assert 0 < consumer.heartbeat_s <= consumer.ack_wait_s / 2


def test_the_lanes_share_the_tasks_between_them() -> None:
    lanes = {streams.EVALUATOR_HI.filters, streams.EVALUATOR_STD.filters}
    assert lanes == {("pe.task.hi.>",), ("pe.task.std.>",)}


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_has_one_writer_and_some_reader(name: str) -> None:
    assert EVENTS[name].writer in SERVICES
    readers = set(consumers(name))
    if name == "shard":  # read by lane, so no consumer covers them all
        readers = {"evaluator"}
    assert readers
    assert readers <= SERVICES


def test_no_two_events_share_a_subject() -> None:
    patterns = [event.pattern for event in EVENTS.values()]
    for pattern in patterns:
        assert [other for other in patterns if covers(other, pattern)] == [pattern]


def test_query_subjects_are_unique_and_name_their_service() -> None:
    counted = Counter(query.subject for query in QUERIES)
    assert max(counted.values()) == 1
    assert {subject.split(".")[1] for subject in counted} <= SERVICES


def test_queries_are_kept_by_no_stream() -> None:
    for query in QUERIES:
        assert not any(covers(w, query.subject) for s in streams.STREAMS for w in s.subjects)


def test_the_documents_know_every_subject() -> None:
    constants = vars(subjects).values()
    events = [event for event in constants if isinstance(event, Subject)]
    assert sorted(e.template for e in events) == sorted(e.template for e in EVENTS.values())
    assert set(subjects.EVENTS) == set(EVENTS.values())


def test_the_documents_know_every_query() -> None:
    found = {
        constant.subject
        for module in iter_modules(promptevolver_contracts.__path__)
        for constant in vars(import_module(f"promptevolver_contracts.{module.name}")).values()
        if isinstance(constant, Query)
    }
    assert found == {query.subject for query in QUERIES}


def test_what_is_republished_is_not_stored_again() -> None:
    assert streams.PE.republish is not None
    source, target = streams.PE.republish
    assert all(covers(source, pattern) for pattern in streams.PE.subjects)
    assert not any(covers(wide, target) for stream in streams.STREAMS for wide in stream.subjects)
