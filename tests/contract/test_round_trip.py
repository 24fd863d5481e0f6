"""Whatever can be said is understood as it was meant."""

from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from promptevolver_contracts.documents import EVENTS, messages
from support import arbitrary

MESSAGES = messages()
ROUND_TRIP = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@cache
def said(name: str) -> st.SearchStrategy[Any]:
    return arbitrary.of(MESSAGES[name]._type)


@pytest.mark.parametrize("name", MESSAGES)
@given(data=st.data())
@ROUND_TRIP
def test_reading_gives_what_was_written(name: str, data: st.DataObject) -> None:
    adapter = MESSAGES[name]
    message = data.draw(said(name))
    assert adapter.validate_json(adapter.dump_json(message)) == message


@pytest.mark.parametrize("name", EVENTS)
@given(data=st.data(), more=arbitrary.json_values)
@ROUND_TRIP
def test_unknown_fields_are_ignored(name: str, data: st.DataObject, more: Any) -> None:
    adapter = MESSAGES[name]
    message = data.draw(said(name))
    plain = adapter.dump_python(message, mode="json")
    assert adapter.validate_python({**plain, "not_yet_known": more}) == message
