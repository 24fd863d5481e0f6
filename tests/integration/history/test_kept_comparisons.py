import asyncio
import json
from typing import Any

import asyncpg
import pytest
from promptevolver_contracts.actors import Actor
from promptevolver_contracts.history import AnnotateRun
from promptevolver_contracts.ids import RunId
from promptevolver_history import sql
from promptevolver_history.comparisons.store import Comparisons
from promptevolver_history.database import Database
from promptevolver_history.runs.annotations import Annotations
from support import compared_runs
from support.compared_runs import evaluation, examples, outcomes, store_dataset
from support.comparing import (
    AFTER,
    BEFORE,
    EXAMPLES,
    comparisons_kept,
    sliced,
    tell,
    two_runs,
    view_of,
)

pytestmark = pytest.mark.infra


async def execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()


async def test_a_comparison_is_computed_once_and_repeats_exactly(
    database: Database, comparisons: Comparisons, migrated_url: str
) -> None:
    await two_runs(database)
    first = await view_of(comparisons, "r1", "r2")
    assert await view_of(comparisons, "r1", "r2") == first
    assert await comparisons_kept(migrated_url) == 1

    await execute(migrated_url, "truncate comparisons")
    again = await view_of(comparisons, "r1", "r2")

    assert again.model_copy(update={"computed_at": first.computed_at}) == first
    other = await view_of(comparisons, "r1", "r2", margin=0.2)
    assert other.id != first.id
    assert await comparisons_kept(migrated_url) == 2


async def test_what_is_kept_says_how_it_was_made(
    database: Database, comparisons: Comparisons, migrated_url: str
) -> None:
    await two_runs(database)
    view = await view_of(comparisons, "r1", "r2")
    connection = await asyncpg.connect(migrated_url)
    row = await connection.fetchrow("select * from comparisons")
    await connection.close()

    assert row is not None
    assert (row["comparison_id"], row["project"], row["kind"]) == (view.id, "default", "runs")
    assert (row["methods_version"], row["seed"], row["inputs_hash"]) == (
        view.methods.version,
        view.methods.seed,
        view.methods.inputs_hash,
    )
    assert row["outcomes_seen"] == [60, 60]


async def test_a_kept_comparison_knows_the_runs_by_their_newest_names(
    database: Database, comparisons: Comparisons
) -> None:
    await two_runs(database)
    slices = sliced("cluster")
    before, parts = await view_of(comparisons, "r1", "r2"), await comparisons.slices(slices)
    change = AnnotateRun(
        run_id=RunId("r2"), project="default", by=Actor(id="u", name="Ada"), name="the shorter"
    )
    await Annotations(database).annotate(change)
    after, again = await view_of(comparisons, "r1", "r2"), await comparisons.slices(slices)

    assert after.comparisons[0].candidate.name == again.candidate.name == "the shorter"
    assert (after.baseline.name, again.baseline.name) == (before.baseline.name,) * 2
    assert after.computed_at == before.computed_at
    assert again.computed_at == parts.computed_at


async def test_outcomes_that_come_late_make_it_anew(
    database: Database, comparisons: Comparisons, migrated_url: str
) -> None:
    ref = await store_dataset(database, EXAMPLES)
    *early, late, end = evaluation("r2", ref, outcomes(AFTER))
    await tell(database, evaluation("r1", ref, outcomes(BEFORE)), [*early, end])
    first = await view_of(comparisons, "r1", "r2")
    assert first.comparisons[0].pairing.only_baseline == 10

    await compared_runs.project(database, [late], 100)
    second = await view_of(comparisons, "r1", "r2")

    assert second.id == first.id
    assert second.comparisons[0].pairing.paired == 60
    assert second.methods.inputs_hash != first.methods.inputs_hash
    assert await comparisons_kept(migrated_url) == 1


async def test_figures_are_asked_for_as_finely_as_anybody_reads_them(
    database: Database, comparisons: Comparisons, migrated_url: str
) -> None:
    await two_runs(database)
    first = await view_of(comparisons, "r1", "r2", margin=0.02, confidence=0.9)
    for margin, confidence in ((0.0200001, 0.90000001), (0.01999999, 0.89999999)):
        again = await view_of(comparisons, "r1", "r2", margin=margin, confidence=confidence)
        assert again == first
    for extreme in (0.9999999, 0.5000001):
        assert (await view_of(comparisons, "r1", "r2", confidence=extreme)).comparisons
    assert await comparisons_kept(migrated_url) == 3


async def test_who_asks_at_the_same_time_gets_the_same_answer(
    database: Database, comparisons: Comparisons
) -> None:
    await two_runs(database)
    views = await asyncio.gather(*(view_of(comparisons, "r1", "r2") for _ in range(4)))
    assert all(view == views[0] for view in views)


async def test_whoever_computes_it_at_the_same_time_tells_the_one_that_is_kept(
    database: Database,
) -> None:
    """As two history processes do, which know nothing of one another's work."""
    await two_runs(database)
    views = await asyncio.gather(
        *(view_of(Comparisons(database), "r1", "r2") for _ in range(3)),
    )
    assert all(view == views[0] for view in views)


async def test_comparisons_are_kept_for_a_while_and_so_many_of_a_project(
    database: Database, migrated_url: str
) -> None:
    kept = """
        insert into comparisons (comparison_id, project, kind, question, outcomes_seen,
            methods_version, seed, inputs_hash, answer, computed_at)
        select p || n, p, 'runs', '{}', '{}', '1', 0, '', '{}', now() - make_interval(days => n)
        from unnest(array['a', 'b']) as p, generate_series(1, 40) as n
        where p = 'a' or n in (2, 3, 35)
    """
    await execute(migrated_url, kept)
    async with database.session() as session:
        await session.rows("discard_comparisons", 30, 5)
    connection = await asyncpg.connect(migrated_url)
    rows = await connection.fetch("select comparison_id from comparisons order by computed_at desc")
    await connection.close()
    left = [row["comparison_id"] for row in rows]
    assert sorted(left) == ["a1", "a2", "a3", "a4", "a5", "b2", "b3"]


def scans(plan: dict[str, Any]) -> set[str]:
    """Tables that a plan reads from end to end."""
    own = {plan["Relation Name"]} if plan["Node Type"] == "Seq Scan" else set()
    return own.union(*(scans(child) for child in plan.get("Plans", [])))


async def test_comparing_reads_through_indexes(
    database: Database, comparisons: Comparisons, migrated_url: str
) -> None:
    many = examples(500)
    ref = await store_dataset(database, many)
    scores = {e.id: [0.5] * 3 for e in many}
    await tell(database, *(evaluation(f"r{n}", ref, outcomes(scores), repeats=3) for n in range(8)))
    view = await view_of(comparisons, "r1", "r2")
    connection = await asyncpg.connect(migrated_url)
    await connection.execute(
        "insert into comparisons select comparison_id || n, project, kind, question,"
        " outcomes_seen, methods_version, seed, inputs_hash, answer, computed_at"
        " from comparisons, generate_series(1, 300) as n; analyze"
    )
    few = ["e001", "e002"]
    asked: dict[str, list[Any]] = {
        "compared_outcomes": ["r1", "c0"],
        "compared_outputs": ["r1", "c0", few, 500],
        "compared_examples": [ref.id, few, "language", "default"],
        "compared_inputs": [ref.id, few, 500, "default"],
        "get_comparison": [view.id, "default", [1500, 1500]],
    }
    for name, values in asked.items():
        explained = await connection.fetchval(
            f"explain (format json) {sql.queries()[name].split(chr(10), 1)[1]}", *values
        )
        # There is one grant: no index is faster.
        assert scans(json.loads(explained)[0]["Plan"]) <= {"dataset_grants"}, name
    await connection.close()
