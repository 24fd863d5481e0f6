import json

import pytest
from promptevolver_contracts.actors import Actor
from promptevolver_contracts.headers import ACTOR
from promptevolver_history.events import Unreadable, read
from support import told_runs


def test_every_kind_of_message_gets_a_name_of_its_own_within_the_run() -> None:
    told = told_runs.whole_run("r1")

    events = [read(n, each.subject, each.body, each.headers) for n, each in enumerate(told, 1)]

    assert {event.kind for event in events} == {"req", "epoch", "log", "res"}
    assert len({(event.kind, event.event_id) for event in events}) == len(events)
    assert {event.run_id for event in events} == {"r1"}


def test_trace_id_comes_from_the_header_and_may_be_absent() -> None:
    told = told_runs.whole_run("r1")[0]

    assert read(1, told.subject, told.body, told.headers).trace_id == told_runs.TRACE
    assert read(1, told.subject, told.body, None).trace_id is None


def test_who_asked_comes_from_the_header_and_may_be_absent() -> None:
    request = told_runs.whole_run("r1")[0]
    asked = Actor(id="user:1", name="Ädmin\r\n\u2028", address="192.0.2.1")

    assert read(1, request.subject, request.body, {ACTOR: asked.spelled()}).actor == asked
    assert asked.spelled().isascii()
    assert asked.spelled().isprintable()
    assert read(1, request.subject, request.body, None).actor is None
    with pytest.raises(Unreadable):
        read(1, request.subject, request.body, {ACTOR: "somebody"})


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("pe.log.r1", b"no json"),
        ("pe.log.r1", b'{"type": "run.exploded"}'),
        ("pe.log.r1", b"\xff\xfe"),
        ("pe.req.r1", b"{}"),
        ("pe.task.std.r1.s1", b"{}"),
    ],
)
def test_what_nobody_can_read_is_unreadable(subject: str, body: bytes) -> None:
    with pytest.raises(Unreadable):
        read(1, subject, body, None)


def test_a_body_on_another_runs_or_shards_subject_is_unreadable() -> None:
    request, *_ = told_runs.whole_run("r1")
    result = told_runs.result("r1", "s1", "c0")

    with pytest.raises(Unreadable, match="belongs to r1"):
        read(1, "pe.req.r2", request.body, None)
    with pytest.raises(Unreadable, match=r"belongs to r1\.s1"):
        read(1, "pe.res.r1.s2", result.body, None)


def test_nul_is_replaced_in_the_message_and_kept_in_the_payload() -> None:
    said = ("a\0b", "\0\0", "\\u0000", "\\\0")
    outcomes = tuple(told_runs.outcome("e", output=output) for output in said)
    told = told_runs.result("r1", "s1", "c0", outcomes=outcomes)

    event = read(1, told.subject, told.body, None)

    outputs = tuple(each.output for each in event.message.outcomes)
    assert outputs == ("a\ufffdb", "\ufffd\ufffd", "\\u0000", "\\\ufffd")
    kept = tuple(each["output"] for each in json.loads(event.payload)["outcomes"])
    assert kept == said
