"""What lists and details read, kept while the stream is projected."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import asyncpg
import pytest
from promptevolver_contracts import facts
from promptevolver_contracts.ids import CandidateId
from promptevolver_contracts.metrics import MetricSpec
from promptevolver_history.sql import migrations
from promptevolver_history.store import Store
from support.history import contents, events_of, open_database
from support.told_runs import ORIGINAL, START, Teller, Told, outcome, result, whole_run

pytestmark = pytest.mark.infra


@pytest.fixture
async def connection(migrated_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(migrated_url)
    yield connection
    await connection.close()


async def project(url: str, *batches: list[Told]) -> None:
    async with open_database(url) as database:
        store = Store(database)
        epoch = await store.stream_epoch(START)
        seq = 1
        for told in batches:
            await store.apply(epoch, events_of(told, seq))
            seq += len(told)


async def facets(connection: asyncpg.Connection, field: str) -> dict[str, int]:
    rows = await connection.fetch("select value, runs from run_facets where field = $1", field)
    return {row["value"]: row["runs"] for row in rows}


async def test_facets_follow_a_run_through_its_states(
    migrated_url: str, connection: asyncpg.Connection
) -> None:
    one, other = whole_run("r1"), whole_run("r2")

    await project(migrated_url, one[:1], other[:3])
    assert await facets(connection, "state") == {"queued": 1, "running": 1}
    await project(migrated_url, one, other)

    assert await facets(connection, "state") == {"completed": 2}
    assert await facets(connection, "verdict") == {"improved": 2}
    assert await facets(connection, "metric") == {"right": 2}
    assert await facets(connection, "task_model") == {"openai/simulated-task": 2}


async def test_facets_count_the_keys_of_metadata_and_config_and_their_values(
    migrated_url: str, connection: asyncpg.Connection
) -> None:
    said = {"team": "legal", "tier": 3.0, "new": True, 'cost "center"\n': {"größe": "ß"}}
    others = {"team": "legal", "tier": "3", "none": None, "many": ["a"], "long": "x" * 400}
    await project(
        migrated_url, whole_run("r1", metadata=said)[:2], whole_run("r2", metadata=others)[:2]
    )

    assert await facets(connection, '["metadata", "team"]') == {'"legal"': 2}
    assert await facets(connection, '["metadata", "tier"]') == {"3": 1, '"3"': 1}
    assert await facets(connection, '["metadata", "new"]') == {"true": 1}
    odd = json.dumps(["metadata", *list(said)[3:], "größe"], ensure_ascii=False)
    assert await facets(connection, odd) == {'"ß"': 1}
    keys = await facets(connection, "metadata")
    assert {tuple(json.loads(key)): runs for key, runs in keys.items()} == {
        ("team",): 2,
        ("tier",): 2,
        ("new",): 1,
        ('cost "center"\n', "größe"): 1,
    }
    assert await facets(connection, '["config", "strategy", "name"]') == {'"gepa"': 2}
    assert '["strategy", "name"]' in await facets(connection, "config")
    assert await facets(connection, '["config", "metadata", "team"]') == {}


async def test_so_many_keys_are_counted_and_no_more(
    migrated_url: str, connection: asyncpg.Connection
) -> None:
    deep: dict[str, Any] = {"end": 1}
    for _ in range(10):
        deep = {"in": deep}
    metadata = {f"k{n:03}": n for n in range(200)} | {"a" * 500: 1, "deep": deep}
    await project(migrated_url, whole_run("r1", metadata=metadata))

    keys = await facets(connection, "metadata")
    assert sorted(keys) == [f'["k{n:03}"]' for n in range(50)]
    assert len(await facets(connection, "config")) <= 50


async def test_runs_that_were_projected_before_get_their_facets_of_keys(
    migrated_url: str, connection: asyncpg.Connection
) -> None:
    await project(migrated_url, whole_run("r1", metadata={"team": "legal"}), whole_run("r2"))
    wanted = await contents(migrated_url, ("run_facet_values", "run_facets"))
    assert any("team" in str(row) for row in wanted["run_facets"])
    keyed = "where field in ('metadata', 'config') or field like '[%'"
    await connection.execute(f"delete from run_facet_values {keyed}")
    await connection.execute(f"delete from run_facets {keyed}")
    await connection.execute("drop function key_facets(jsonb)")

    migration = next(each for each in migrations() if each.version.startswith("0019"))
    await connection.execute(migration.statements)

    assert await contents(migrated_url, ("run_facet_values", "run_facets")) == wanted


async def test_the_catalogue_counts_what_the_runs_are(
    migrated_url: str, connection: asyncpg.Connection
) -> None:
    random = Random(3)
    told = [
        each
        for n in range(12)
        for each in whole_run(f"r{n}", project=f"p{n % 2}")[: random.randint(1, 30)]
    ]
    await project(migrated_url, *(told[n : n + 17] for n in range(0, len(told), 17)))

    runs = await connection.fetch("select project, state from runs")
    rows = await connection.fetch(
        "select project, value, runs from run_facets where field = 'state'"
    )
    assert {(row["project"], row["value"]): row["runs"] for row in rows} == Counter(
        map(tuple, runs)
    )


async def test_means_by_metric_are_of_the_original_and_of_the_best(
    migrated_url: str, connection: asyncpg.Connection
) -> None:
    teller = Teller(
        "r1",
        metrics=(
            MetricSpec(name="right", kind="exact_match"),
            MetricSpec(name="brevity", kind="length", weight=0),
        ),
    )
    told = [each for each in teller.opening() if ".res." not in each.subject]
    told += [*teller.step(1, 0.8, accepted=True), *teller.step(2, 0.9, accepted=False)]
    told = [each for each in told if ".res." not in each.subject]
    told += [
        result("r1", "a", ORIGINAL, outcomes=(outcome("e0", scores={"right": 0.2, "brevity": 1}),)),
        result("r1", "b", "c1", outcomes=(outcome("e0", scores={"right": 0.7}),)),
        result("r1", "c", "c1", outcomes=(outcome("e1", scores={"right": 0.9}),)),
        result("r1", "d", "c2", outcomes=(outcome("e0", scores={"right": 1}),)),
        result("r1", "e", "c1", split="test", outcomes=(outcome("e9", scores={"right": 0.1}),)),
    ]
    await project(migrated_url, told)

    rows = await connection.fetch(
        "select split, metric, ranked, original_n, original_mean, best_n, best_mean "
        "from run_metrics order by split, metric"
    )
    assert [tuple(row) for row in rows] == [
        ("test", "right", False, 0, None, 1, 0.1),
        ("validation", "brevity", True, 1, 1.0, 0, None),
        ("validation", "right", True, 1, 0.2, 2, 0.8),
    ]


async def test_sums_of_a_candidate_and_of_its_run(
    migrated_url: str, connection: asyncpg.Connection
) -> None:
    slow = tuple(outcome(f"e{n}", latency_ms=100.0 * n, score=n / 10) for n in range(11))
    await project(migrated_url, [*Teller("r1").opening(), result("r1", "s1", "c1", outcomes=slow)])

    total = await connection.fetchrow("select * from candidate_totals where candidate_id = 'c1'")
    run = await connection.fetchrow("select * from runs")
    assert total is not None
    assert run is not None
    assert (total["outcomes"], total["timed_outcomes"], total["split"]) == (11, 10, "validation")
    assert (float(total["score_total"]), float(total["score_squares"])) == (5.5, 3.85)
    assert (total["score_least"], total["score_most"]) == (0, 1)
    assert run["latency_mean_ms"] == pytest.approx((5500 + 2 * 12.5) / 12)
    assert run["outcomes"] == 13
    assert run["latency_p50_ms"] == pytest.approx(450, rel=0.19)
    assert run["latency_p95_ms"] == pytest.approx(950, rel=0.19)


@pytest.mark.parametrize(
    ("buckets", "share", "expected"),
    [
        ([], 0.5, None),
        ([4], 0.5, 2**0.125),
        ([0, 0, 0, 0, 2], 1.0, 2**1.25),
        ([1, 0, 3], 0.25, 2**0.25),
    ],
)
async def test_quantiles_of_a_histogram(
    connection: asyncpg.Connection, buckets: list[int], share: float, expected: float | None
) -> None:
    found = await connection.fetchval("select latency_quantile($1, $2)", buckets, share)

    assert found == (None if expected is None else pytest.approx(expected))


async def test_the_request_is_searchable_by_what_is_inside_it(
    migrated_url: str, connection: asyncpg.Connection
) -> None:
    metadata: dict[str, Any] = {"team": "Größe/Ost", "depth": {"level": 3}, "huge": float("inf")}
    await project(migrated_url, whole_run("r1", name="invoice-sorter v2", metadata=metadata))

    inside = "select run_id from run_configs where config @> $1::jsonb"
    assert await connection.fetchval(inside, '{"metadata": {"depth": {"level": 3}}}') == "r1"
    assert await connection.fetchval(inside, '{"strategy": {"name": "gepa"}}') == "r1"
    assert await connection.fetchval(inside, '{"metadata": {"depth": {"level": 4}}}') is None
    words = "select run_id from run_configs where search @@ plainto_tsquery('simple', $1)"
    assert await connection.fetchval(words, "sorter grösse") == "r1"
    assert await connection.fetchval(words, "sorter west") is None


async def test_the_latest_word_on_a_candidate_counts(
    migrated_url: str, connection: asyncpg.Connection
) -> None:
    teller = Teller("r1")
    told = [
        *teller.opening(),
        teller.fact(facts.CandidatePinned, candidate_id=CandidateId("c0")),
        teller.fact(facts.CandidateVetoed, candidate_id=CandidateId("c0")),
        teller.fact(facts.CandidateUnpinned, candidate_id=CandidateId("c0")),
    ]
    await project(migrated_url, told)

    assert tuple(await connection.fetchrow("select pinned, vetoed from candidates")) == (
        False,
        True,
    )
    expected = await contents(migrated_url)
    async with open_database(migrated_url) as database:
        store = Store(database)
        await store.clear()
        epoch = await store.stream_epoch(START)
        for event in reversed(events_of(told)):
            await store.apply(epoch, [event])
    assert await contents(migrated_url) == expected


async def test_a_rebuild_keeps_the_name_that_people_gave(
    migrated_url: str, connection: asyncpg.Connection
) -> None:
    await connection.execute(
        "insert into run_annotations values "
        "('r1', 'default', 1, 'ours', '{}', '', false, '', default, now(), 'user:a')"
    )
    await project(migrated_url, whole_run("r1", name="theirs"), whole_run("r2", name="theirs"))

    rows = await connection.fetch("select name, shown_name from runs order by run_id")
    assert [tuple(row) for row in rows] == [("theirs", "ours"), ("theirs", "theirs")]
