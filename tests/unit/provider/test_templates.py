"""What the simulated provider knows of the built-in templates fits their examples and programs."""

from pathlib import Path

import promptevolver_gateway.templates.library as gateway_library
import pytest
from promptevolver_gateway.templates.library import library
from promptevolver_local.provider.landscape import Landscape, load_landscape
from promptevolver_local.provider.recognition import Recognizer
from promptevolver_local.provider.tickets import TicketIndex
from promptevolver_local.services import EXAMPLE

FOLDER = Path(gateway_library.__file__).parent / "builtin"
LANDSCAPES = [load_landscape(path) for path in sorted(FOLDER.glob("*/landscape.yaml"))]


@pytest.fixture(params=LANDSCAPES, ids=lambda landscape: landscape.file.name)
def landscape(request: pytest.FixtureRequest) -> Landscape:
    found: Landscape = request.param
    return found


def test_every_template_has_its_landscape() -> None:
    assert [f"builtin-{each.file.name}" for each in LANDSCAPES] == list(library())


def test_each_example_is_found_as_itself_among_all() -> None:
    every = [load_landscape(EXAMPLE / "landscape.yaml"), *LANDSCAPES]
    index = TicketIndex(every)
    for number, landscape in enumerate(every):
        for example in landscape.examples:
            found = index.find(example.ticket)
            assert [(hit.known.landscape, hit.known.example) for hit in found] == [
                (number, example)
            ]


def test_a_rule_is_recognised_in_its_sentences_and_in_its_critique(landscape: Landscape) -> None:
    recognizer = Recognizer(landscape)
    for rule in landscape.rules:
        for sentence in rule.sentences:
            read = recognizer.read(sentence.text)
            assert read.strengths == {rule.id: sentence.strength}
        assert set(recognizer.read(rule.critique).strengths) == {rule.id}
        for text in rule.contradictions:
            assert recognizer.read(text).contradicted == {rule.id}


def test_the_program_states_no_rule_from_the_start(landscape: Landscape) -> None:
    program = library()[f"builtin-{landscape.file.name}"].content.program
    recognizer = Recognizer(landscape)
    for component in program["components"].values():
        assert recognizer.read(component["text"]).strengths == {}


def test_every_rule_is_needed_in_every_split(landscape: Landscape) -> None:
    examples = library()[f"builtin-{landscape.file.name}"].examples
    for rule in landscape.rules:
        splits = {e.split for e in examples if rule.id in e.metadata["rules"]}
        assert splits == {"train", "validation", "test"}
