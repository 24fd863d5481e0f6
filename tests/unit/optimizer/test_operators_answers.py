from hypothesis import given
from hypothesis import strategies as st
from promptevolver_optimizer.operators.answers import fenced, tagged

plain_text = st.text(alphabet=st.characters(blacklist_characters="<>`\r"), min_size=1).filter(
    str.strip
)


@given(plain_text)
def test_what_stands_between_fences_or_tags_is_found(text: str) -> None:
    assert fenced(f"Here it is:\n```\n{text}\n```\nDone.") == text.strip()
    assert tagged(f"First: <START>{text}<END> and that is all.") == (text.strip(),)


def test_fences_inside_the_text_survive() -> None:
    inner = "Answer so:\n```json\n{}\n```\nNothing else."
    assert fenced(f"```text\n{inner}\n```") == inner


def test_an_answer_without_a_pair_of_fences_is_unusable() -> None:
    assert fenced("") is None
    assert fenced("no fences at all") is None
    assert fenced("```\ncut off in the mid") is None
    assert fenced("```\n\n```") is None


def test_empty_and_repeated_variants_are_dropped() -> None:
    answer = "<START>one<END><START> <END><START>two\n<END><start> one <end><START>cut"
    assert tagged(answer) == ("one", "two")
    assert tagged("") == ()
