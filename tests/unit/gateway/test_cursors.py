"""Cursors come back as they were given, for their list alone, and nothing forged gets through."""

from base64 import urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.history import Position
from promptevolver_gateway import cursors
from promptevolver_gateway.problems import Problem
from pydantic import TypeAdapter

POSITION = TypeAdapter(Position)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
POSITIONS = st.lists(st.none() | TEXTS, max_size=5).map(tuple)
FILTERS = st.dictionaries(TEXTS, st.none() | TEXTS | st.integers() | st.lists(TEXTS), max_size=4)


@given(position=POSITIONS, filters=FILTERS)
def test_a_position_comes_back(position: Any, filters: dict[str, Any]) -> None:
    assert cursors.decode(cursors.encode(position, filters), filters, POSITION) == position


@given(position=POSITIONS, filters=FILTERS, others=FILTERS)
def test_a_cursor_of_another_list_is_refused(
    position: Any, filters: dict[str, Any], others: dict[str, Any]
) -> None:
    if filters == others:
        return
    with pytest.raises(Problem) as refused:
        cursors.decode(cursors.encode(position, filters), others, POSITION)
    assert refused.value.code == ErrorCode.CURSOR_FILTER_MISMATCH


def _spelled(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode()


@given(cursor=st.text(max_size=60) | st.binary(max_size=60).map(_spelled))
@example(_spelled(b"[" * 100_000))
@example(_spelled(b'{"v":1}'))
@example(_spelled(b"[1]"))
@example(_spelled(b"9" * 5000))
@example("ä")
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Problem):
        cursors.decode(cursor, {"list": "runs"}, POSITION)


@given(data=st.data(), position=POSITIONS)
def test_a_changed_cursor_is_refused_or_is_another_position(
    data: st.DataObject, position: Any
) -> None:
    filters = {"list": "runs"}
    cursor = cursors.encode(position, filters)
    place = data.draw(st.integers(0, len(cursor) - 1))
    changed = cursor[:place] + data.draw(st.characters(codec="ascii")) + cursor[place + 1 :]
    try:
        read = cursors.decode(changed, filters, POSITION)
    except Problem:
        return
    assert POSITION.validate_python(read) == read
