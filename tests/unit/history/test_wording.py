from hypothesis import given
from hypothesis import strategies as st
from promptevolver_history.wording import joined, texts, words


def test_whatever_is_no_letter_or_digit_separates() -> None:
    assert words("openai/gpt-4o_mini: Größe!") == ["openai", "gpt", "4o", "mini", "grösse"]


def test_texts_are_found_however_deep_and_keys_are_not() -> None:
    assert list(texts({"a": ["x", {"b": "y"}], "c": 3, "d": None})) == ["x", "y"]


def test_each_word_is_kept_once() -> None:
    assert joined(["Billing triage", "triage, again"]) == "billing triage again"


@given(st.text())
def test_words_stay_what_they_are(text: str) -> None:
    once = words(text)
    assert words(" ".join(once)) == once
