import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from promptevolver_contracts.fields import RESOURCES, Resource
from promptevolver_contracts.filters import MAX_TERMS, Compare, Filter, Junction, Term
from promptevolver_gateway.filters import FilterFault, parse, spell
from pydantic import TypeAdapter
from support.filter_oracle import filters, leaves_of

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
FILTERS = {resource: filters(leaves_of(resource, TEXTS)) for resource in RESOURCES}
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
JSON = TypeAdapter[Term](Filter)


@pytest.mark.parametrize("resource", RESOURCES)
@PATIENT
@given(data=st.data())
def test_reading_what_was_written_gives_the_same_filter(
    resource: Resource, data: st.DataObject
) -> None:
    term = data.draw(FILTERS[resource])
    assert parse(spell(term), resource) == term


@PATIENT
@given(term=FILTERS["runs"])
def test_json_and_text_are_the_same_filter(term: Term) -> None:
    assert JSON.validate_json(JSON.dump_json(term)) == parse(spell(term), "runs")


@given(text=st.text(max_size=60))
@example("not " * 1000 + "calls = 1")
@example("(" * 2000)
@example('name = "' + "\\" * 99)
@example("calls = 1e999")
@example('name = "\\ud800"')
def test_any_text_is_a_filter_or_a_fault_in_its_place(text: str) -> None:
    fault = fault_of(text)
    assert fault is None or (0 <= fault.position <= len(text) and fault.message)


def fault_of(text: str) -> FilterFault | None:
    try:
        parse(text, "runs")
    except FilterFault as fault:
        return fault
    return None


PIECES = ["state", "=", "!=", '"failed"', "and", "or", "not", "(", ")", "in", ",", "is", "null"]


@given(
    pieces=st.lists(st.sampled_from([*PIECES, "score.x", "1.5", "~", "search", "'"]), max_size=9)
)
def test_any_pieces_are_a_filter_or_a_fault(pieces: list[str]) -> None:
    text = " ".join(pieces)
    if fault_of(text) is None:
        term = parse(text, "runs")
        assert parse(spell(term), "runs") == term


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("state='failed'", 'state = "failed"'),
        ("calls>1 AND calls<2 Or usd=0", "(calls > 1 and calls < 2) or usd = 0"),
        ("not(calls=1 or calls=2)", "not (calls = 1 or calls = 2)"),
        ('name contains "x" and not name like "y%"', 'name ~ "x" and not name like "y%"'),
        ('tag not in ("a", "b")', 'tag not in ("a", "b")'),
        ("requested_at >= 2026-01-31", 'requested_at >= "2026-01-31"'),
        (
            "requested_at < 2026-01-31T10:00:00+01:00",
            'requested_at < "2026-01-31T10:00:00+01:00"',
        ),
        ('metadata."a b".in is not null', 'metadata."a b".in is not null'),
        ("config.strategy.parameters.rounds >= -1.5e3", None),
        ('config.metrics.0.name = "a"', 'config.metrics."0".name = "a"'),
        ("archived = true", None),
        ('search ("two words")', 'search("two words")'),
    ],
)
def test_spellings(text: str, spelled: str | None) -> None:
    term = parse(text, "runs")
    assert parse(spell(term), "runs") == term
    if spelled is not None:
        assert spell(term) == spelled


def test_and_binds_closer_than_or() -> None:
    term = parse("calls = 1 or calls = 2 and calls = 3", "runs")
    assert isinstance(term, Junction)
    assert term.op == "or"
    assert isinstance(term.terms[0], Compare)


@pytest.mark.parametrize(
    ("text", "position", "said"),
    [
        ("stat = 1", 0, "did you mean 'state'"),
        ("calls = 1 and strateg = 'x'", 14, "did you mean 'strategy'"),
        ("calls = ", 8, "the text ends"),
        ("state = failed", 8, "put texts in quotes"),
        ("verdict = null", 10, "is null"),
        ("name = 'open", 7, "never closed"),
        ("calls == 1", 7, "equality is written '='"),
        ("calls = 1 calls = 2", 10, "and"),
        ("state = 'done'", 0, "never 'done'"),
        ("calls = 'many'", 0, "is a number"),
        ("requested_at > 'noon'", 0, "is a date"),
        ("calls ~ 'x'", 0, "is no text"),
        ("archived > true", 0, "true or false"),
        ("score > 1", 0, "name a key"),
        ("name.first = 'x'", 0, "no keys"),
        ("score.a.b = 1", 0, "shorten"),
    ],
)
def test_faults_point_at_their_place(text: str, position: int, said: str) -> None:
    with pytest.raises(FilterFault) as fault:
        parse(text, "runs")
    assert fault.value.position == position
    assert said in fault.value.message


def test_an_unknown_field_tells_the_known_ones() -> None:
    with pytest.raises(FilterFault) as fault:
        parse("x = 1", "mutations")
    assert fault.value.code == "unknown_field"
    assert "rationale" in (fault.value.allowed or ())


@pytest.mark.parametrize(
    "text",
    [
        "calls = 1" + " " * 4096,
        " or ".join(["calls = 1"] * (MAX_TERMS + 1)),
        " and ".join(f"({' or '.join(['calls = 1'] * 60)})" for _ in range(2)),
        "not " * 20 + "calls = 1",
        f"calls in ({', '.join(['1'] * 201)})",
        f"name = '{'x' * 1001}'",
        'name = "\0"',
    ],
)
def test_size_is_bounded(text: str) -> None:
    with pytest.raises(FilterFault) as fault:
        parse(text, "runs")
    assert fault.value.code == "too_complex"
