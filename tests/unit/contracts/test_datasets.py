from promptevolver_contracts.datasets import Example, dataset_ref


def example(id_: str, split: str) -> Example:
    return Example.model_validate({"id": id_, "inputs": {"q": id_}, "split": split})


def test_a_reference_counts_every_split() -> None:
    examples = [example("1", "train"), example("2", "train"), example("3", "test")]
    reference = dataset_ref("q", examples)
    assert reference.sizes == {"train": 2, "validation": 0, "test": 1}


def test_a_version_is_its_content_whatever_its_name() -> None:
    examples = [example("1", "train")]
    again = [Example.model_validate_json(each.model_dump_json()) for each in examples]
    assert dataset_ref("a", examples).id == dataset_ref("b", again).id
    assert dataset_ref("a", examples).id != dataset_ref("a", [example("1", "test")]).id
