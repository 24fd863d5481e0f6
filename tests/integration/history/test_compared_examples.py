import pytest
from promptevolver_contracts.comparisons import ComparedExample
from promptevolver_contracts.errors import ErrorCode
from promptevolver_history.comparisons.store import Comparisons
from promptevolver_history.database import Database
from promptevolver_runtime.rpc import QueryFailed
from support.compared_runs import evaluation, outcomes, store_dataset
from support.comparing import (
    AFTER,
    BEFORE,
    EXAMPLES,
    changed,
    comparisons_kept,
    question,
    sliced,
    tell,
    two_runs,
    view_of,
)

pytestmark = pytest.mark.infra


async def test_examples_come_by_change_in_pages(
    database: Database, comparisons: Comparisons
) -> None:
    ref = await store_dataset(database, EXAMPLES)
    before = {e.id: [0.5] for e in EXAMPLES}
    after = {e.id: [i / 59] for i, e in enumerate(EXAMPLES) if i}
    await tell(
        database,
        evaluation("r1", ref, outcomes(before)),
        evaluation("r2", ref, outcomes(after)),
    )
    seen: list[ComparedExample] = []
    place = None
    while True:
        page = await comparisons.examples(changed(limit=7, after=place))
        seen += page.examples
        if page.next_after is None:
            break
        place = page.next_after

    assert [e.example_id for e in seen] == [*sorted(after), "e000"]
    assert page.counts == {"improved": 30, "regressed": 29, "unchanged": 0, "missing": 1}
    assert seen[-1].candidate is None
    assert seen[0].delta == pytest.approx(1 / 59 - 0.5)
    assert seen[0].change == "regressed"
    assert seen[0].inputs == '{"ticket":"ticket 1"}'
    assert seen[0].expected == "billing"
    assert seen[0].baseline is not None
    assert seen[0].baseline.output == "answer 0 to e001"
    improved = await comparisons.examples(changed(change="improved", limit=3))
    assert [e.example_id for e in improved.examples] == ["e059", "e058", "e057"]
    right = await comparisons.examples(changed(metric="right", change="regressed", limit=1))
    assert right.examples[0].candidate is not None
    assert right.examples[0].candidate.score == pytest.approx(1 / 59)


async def test_edited_examples_are_not_paired(database: Database, comparisons: Comparisons) -> None:
    edited = [
        e.model_copy(update={"expected": "other"} if i < 6 else {}) for i, e in enumerate(EXAMPLES)
    ]
    first, second = await store_dataset(database, EXAMPLES), await store_dataset(database, edited)
    await tell(
        database,
        evaluation("r1", first, outcomes(BEFORE)),
        evaluation("r2", second, outcomes(AFTER)),
    )
    pair = (await view_of(comparisons, "r1", "r2")).comparisons[0]

    assert (pair.pairing.paired, pair.pairing.edited) == (54, 6)
    assert {each.what for each in pair.not_comparable} == {
        "other_dataset_version",
        "edited_examples",
    }
    assert pair.verdict == "improved"
    page = await comparisons.examples(changed(change="missing"))
    assert [(e.example_id, e.edited) for e in page.examples] == [
        (f"e00{i}", True) for i in range(6)
    ]


async def test_unknown_metrics_are_refused_by_name(
    database: Database, comparisons: Comparisons
) -> None:
    await two_runs(database)
    for ask in (
        comparisons.runs(question("r1", "r2", gates=("score", "wrong"))),
        comparisons.examples(changed(metric="wrong")),
    ):
        with pytest.raises(QueryFailed) as caught:
            await ask
        assert caught.value.info.code == ErrorCode.INVALID_REQUEST
        assert caught.value.info.errors[0].allowed == ("score", "right")


async def test_a_key_that_no_example_has_is_refused_with_those_that_there_are(
    database: Database, comparisons: Comparisons, migrated_url: str
) -> None:
    await two_runs(database)
    asked = sliced("metadata.langauge")
    with pytest.raises(QueryFailed, match="language") as caught:
        await comparisons.slices(asked)
    (fault,) = caught.value.info.errors
    assert (fault.pointer, fault.allowed) == ("/query/by", ("language",))
    assert await comparisons_kept(migrated_url) == 0


async def test_slices_are_one_family(
    database: Database, comparisons: Comparisons, migrated_url: str
) -> None:
    await two_runs(database)
    asked = sliced("metadata.language")
    view = await comparisons.slices(asked)

    assert [(each.value, each.result.n) for each in view.slices] == [("de", 40), ("en", 20)]
    german, english = (each.result for each in view.slices)
    assert english.verdict == "too_small"
    assert german.adjustment == "benjamini_hochberg"
    assert german.p_value is not None
    assert german.p_adjusted == pytest.approx(2 * min(german.p_value, english.p_value or 1))
    assert await comparisons.slices(asked) == view
    assert await comparisons_kept(migrated_url) == 1
    by_split = await comparisons.slices(asked.model_copy(update={"by": "split"}))
    assert [(each.value, each.result.n) for each in by_split.slices] == [("test", 60)]
    by_cluster = await comparisons.slices(asked.model_copy(update={"by": "cluster"}))
    assert [each.value for each in by_cluster.slices] == [None]
