import pytest
from promptevolver_contracts.ids import Name, dataset_id_for, run_id_for, shard_id
from pydantic import TypeAdapter, ValidationError


def test_one_key_is_one_run_in_its_project_alone() -> None:
    assert run_id_for("a", "key") == run_id_for("a", "key")
    assert len({run_id_for("a", "key"), run_id_for("b", "key"), run_id_for("a", "key2")}) == 3


def test_shard_ids_are_subject_tokens() -> None:
    assert shard_id("m1.screen", 0) == "m1-screen-0"
    assert shard_id("m1.screen", 0, 2) == "m1-screen-0~2"
    assert not set(shard_id("a.b.c", 12, 3)) & set(". *>")


def test_a_dataset_version_depends_on_the_order_of_its_examples() -> None:
    one: dict[str, object] = {"id": "1"}
    other: dict[str, object] = {"id": "2"}
    assert dataset_id_for([one, other]) == dataset_id_for([one, other])
    assert dataset_id_for([one, other]) != dataset_id_for([other, one])


@pytest.mark.parametrize("name", ["", "A", "1a", "a.b", "a b", "a>", "a\n", "a" * 65])
def test_a_name_fits_subjects_urls_and_columns(name: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Name).validate_python(name)
