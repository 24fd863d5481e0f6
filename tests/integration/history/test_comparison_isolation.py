import pytest
from promptevolver_contracts.errors import ErrorCode
from promptevolver_history.comparisons.store import Comparisons
from promptevolver_history.database import Database
from promptevolver_runtime.rpc import QueryFailed
from support.compared_runs import compared, evaluation, outcomes, store_dataset
from support.comparing import EXAMPLES, changed, question, sliced, tell, two_runs, view_of

pytestmark = pytest.mark.infra


async def test_runs_of_another_project_do_not_exist(
    database: Database, comparisons: Comparisons
) -> None:
    await two_runs(database, project="other")
    asked = [
        comparisons.runs(question("r1", "r2")),
        comparisons.runs(question("r1", "r2", project="other")),
        comparisons.examples(changed()),
        comparisons.slices(sliced("split", baseline=compared("r2"), candidate=compared("r1"))),
        comparisons.runs(question("r1", "r1", runs=(compared("r1"), compared("r1", "nobody")))),
    ]
    for ask in asked:
        with pytest.raises(QueryFailed) as caught:
            await ask
        assert caught.value.info.code == ErrorCode.NOT_FOUND


async def test_a_kept_comparison_is_not_read_by_another_project(
    database: Database, comparisons: Comparisons
) -> None:
    await two_runs(database)
    await view_of(comparisons, "r1", "r2")
    with pytest.raises(QueryFailed) as caught:
        await comparisons.runs(question("r1", "r2", project="other"))
    assert caught.value.info.code == ErrorCode.NOT_FOUND


async def test_a_run_that_names_a_dataset_of_another_project_shows_nothing_of_it(
    database: Database, comparisons: Comparisons
) -> None:
    # As an imported run may: whoever writes the archive chooses the name.
    ref = await store_dataset(database, EXAMPLES, project="other")
    scores = {each.id: [0.5] for each in EXAMPLES}
    await tell(database, *(evaluation(f"r{n}", ref, outcomes(scores)) for n in (1, 2)))
    view = await view_of(comparisons, "r1", "r2")
    assert view.comparisons[0].verdict == "not_comparable"
    assert (await comparisons.examples(changed())).examples == ()
    await store_dataset(database, EXAMPLES)
    assert len((await comparisons.examples(changed())).examples) > 0
