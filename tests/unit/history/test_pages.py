from promptevolver_contracts.datasets import Example
from promptevolver_contracts.streams import MESSAGE_BYTES
from promptevolver_history.pages import fitting


def example(n: int, size: int) -> Example:
    return Example(id=f"e{n}", inputs={"text": "ü" * (size // 2)}, split="train")


def test_small_items_all_fit() -> None:
    items = [example(n, 10) for n in range(100)]

    assert fitting(items) == tuple(items)


def test_a_page_is_cut_where_the_next_item_would_not_fit() -> None:
    items = [example(n, 100_000) for n in range(5)]

    page = fitting(items)

    assert page == tuple(items[:2])
    assert sum(len(each.model_dump_json().encode()) for each in page) < MESSAGE_BYTES


def test_one_item_is_given_however_large() -> None:
    items = [example(0, 2 * MESSAGE_BYTES), example(1, 10)]

    assert fitting(items) == (items[0],)
    assert fitting([]) == ()
