from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptevolver_cli.documents import FileError
from promptevolver_cli.prompts import program_from_prompt

PATH = Path("My Prompt.txt")
PLAIN = st.text(st.characters(exclude_characters="{}", categories=("L", "N", "P", "Zs")))


@given(PLAIN, PLAIN)
def test_the_model_is_sent_the_same_text(before: str, after: str) -> None:
    text = f"{before}{{{{ input.ticket }}}}{after}"
    if not (before + after).strip():
        return
    program = program_from_prompt(PATH, text)
    message = program.render(program.stages[0], {"ticket": "T"}, {})[0]
    assert message.content == f"{before}T{after}".strip()
    assert program.texts["instruction"] in {before.strip(), after.strip()}


def test_only_the_text_before_the_first_input_evolves() -> None:
    program = program_from_prompt(PATH, "Sort it.\n\nTicket: {{ input.ticket }}\nAnswer:")
    assert program.texts == {"instruction": "Sort it.\n\nTicket:"}
    assert program.name == "my-prompt"
    assert program.input_fields == {"ticket"}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("Sort it.", 1, "has no {{ input.NAME }}"),
        ("Sort\n{{ data.ticket }}", 2, "cannot read {{ data.ticket }}"),
        ("{{ input.ticket }}", 1, "no text that could evolve"),
    ],
)
def test_a_prompt_that_cannot_be_used_is_told(text: str, line: int, words: str) -> None:
    with pytest.raises(FileError) as error:
        program_from_prompt(PATH, text)
    assert error.value.faults[0].line == line
    assert words in str(error.value)
