from promptevolver_contracts.dataset_library import DraftExample
from promptevolver_contracts.datasets import Example
from promptevolver_history.datasets.differences import field_changes
from promptevolver_history.datasets.items import item_row, normalised


def example(**changes: object) -> Example:
    said = {"id": "1", "inputs": {"b": 1, "a": "x"}, "expected": "y", "split": "train"}
    return Example.model_validate(said | changes)


def test_an_item_is_what_an_example_says_without_its_id_and_split() -> None:
    other = DraftExample(id="2", inputs={"a": "x", "b": 1}, expected="y", split="test")

    one, two = item_row(example()), item_row(other)

    assert one.item_hash == two.item_hash
    assert item_row(example(cluster="k")).item_hash != one.item_hash
    assert item_row(example(cluster="k")).inputs_hash == one.inputs_hash


def test_keys_stay_in_the_order_in_which_they_were_said() -> None:
    assert '"inputs":{"b":1,"a":"x"}' in item_row(example()).body


def test_inputs_are_alike_whatever_their_case_punctuation_and_spaces() -> None:
    first = normalised({"q": "  Where is it?\n", "n": 1})

    assert first == normalised({"n": 1, "q": "where, is IT"})
    assert first != normalised({"n": 2, "q": "where is it"})
    assert normalised({"q": "ﬁne"}) == normalised({"q": "FINE"})


def test_differences_name_the_smallest_values_that_differ() -> None:
    before = {"inputs": {"a/b": {"x": 1, "y": [1]}, "gone": None}, "expected": 1}
    after = {"inputs": {"a/b": {"x": True, "y": [1]}, "new": "é"}, "expected": "x" * 5000}

    found = {each.pointer: (each.before, each.after) for each in field_changes(before, after)}

    assert found["/inputs/a~1b/x"] == ("1", "true")
    assert found["/inputs/gone"] == ("null", None)
    assert found["/inputs/new"] == (None, '"é"')
    assert len(found["/expected"][1] or "") == 1001
    assert len(found) == 4
    assert list(field_changes(None, after)) == []
