import json

from hypothesis import given
from hypothesis import strategies as st
from promptevolver_local.provider.tickets import TicketIndex
from support.triage import triage

_LANDSCAPE = triage()
_INDEX = TicketIndex([_LANDSCAPE])


def _ids(text: str) -> list[str]:
    return [found.known.example.id for found in _INDEX.find(text)]


def test_every_ticket_is_found_as_itself() -> None:
    for example in _LANDSCAPE.examples:
        assert _ids(f"Ticket:\n{example.ticket}\nAnswer:") == [example.id]


def test_every_ticket_is_found_inside_json() -> None:
    for example in _LANDSCAPE.examples:
        assert _ids(json.dumps({"inputs": {"ticket": example.ticket}})) == [example.id]


def test_a_cut_ticket_is_found_by_its_beginning() -> None:
    example = max(_LANDSCAPE.examples, key=lambda example: len(example.ticket))
    assert _ids(example.ticket[:120] + " ...") == [example.id]


@given(st.lists(st.sampled_from(_LANDSCAPE.examples), max_size=6, unique_by=lambda e: e.id))
def test_several_tickets_are_found_in_order_at_their_places(chosen: list[object]) -> None:
    examples = [example for example in _LANDSCAPE.examples if example in chosen]
    text = "\n---\n".join(example.ticket for example in examples)
    found = _INDEX.find(text)
    assert [hit.known.example.id for hit in found] == [example.id for example in examples]
    assert all(text[hit.start : hit.end] in hit.known.example.ticket for hit in found)


@given(st.text())
def test_other_text_holds_no_ticket(text: str) -> None:
    assert _INDEX.find(text) == []
