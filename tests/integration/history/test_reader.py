import json
from typing import Any

import asyncpg
import pytest
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.queries import (
    CandidateSummary,
    GetRun,
    GetRunRequest,
    ListCandidates,
    ListOutcomes,
    OutcomeRow,
)
from promptevolver_contracts.runs import RunRequest
from promptevolver_contracts.spending import Spend
from promptevolver_contracts.streams import MESSAGE_BYTES
from promptevolver_history import sql
from promptevolver_history.database import Database
from promptevolver_history.reader import RunReader
from promptevolver_history.store import Store
from promptevolver_runtime.rpc import QueryFailed
from support import told_runs
from support.history import events_of
from support.told_runs import START, Teller, Told, whole_run

pytestmark = pytest.mark.infra


@pytest.fixture
def reader(database: Database) -> RunReader:
    return RunReader(database)


async def project(database: Database, told: list[Told]) -> None:
    store = Store(database)
    await store.apply(await store.stream_epoch(START), events_of(told))


async def test_a_completed_run_is_told_in_full(database: Database, reader: RunReader) -> None:
    told = whole_run("r1", steps=4)
    await project(database, told)

    run = await reader.get_run(GetRun(run_id="r1"))

    assert run.spend == Spend(calls=14, prompt_tokens=128, completion_tokens=12, usd=0.005)
    assert run.models == {
        "task": "openai/simulated-task",
        "reflection": "openai/simulated-reflection",
    }
    assert run.budget == {"calls": 100, "tokens": None, "usd": 1.5, "seconds": None}
    assert (run.winner, run.winner_texts) == ("c4", {"instruction": "The winning text."})
    assert (run.best, run.best_mean, run.original_mean) == ("c4", 0.54, 0.5)
    assert run.comparison == told_runs.COMPARISON
    assert run.trace_id == told_runs.TRACE
    assert run.last_seq == len(told)


async def test_runs_of_another_project_do_not_exist(database: Database, reader: RunReader) -> None:
    await project(database, whole_run("r1", project="mine"))
    assert (await reader.get_run(GetRun(run_id="r1", project="mine"))).project == "mine"

    for ask in (
        reader.get_run(GetRun(run_id="r1")),
        reader.get_run_request(GetRunRequest(run_id="r1")),
        reader.list_candidates(ListCandidates(run_id="r1")),
        reader.list_outcomes(ListOutcomes(run_id="r1")),
        reader.get_run(GetRun(run_id="r2", project="mine")),
    ):
        with pytest.raises(QueryFailed) as caught:
            await ask
        assert caught.value.info.code == ErrorCode.NOT_FOUND


async def test_a_run_is_unknown_until_its_request_is_projected(
    database: Database, reader: RunReader
) -> None:
    store = Store(database)
    epoch = await store.stream_epoch(START)
    request, *rest = events_of(whole_run("r1"))
    await store.apply(epoch, rest)
    with pytest.raises(QueryFailed):
        await reader.get_run(GetRun(run_id="r1"))

    await store.apply(epoch, [request])

    assert (await reader.get_run(GetRun(run_id="r1"))).state == "completed"


async def test_the_request_comes_back_as_it_was_sent(database: Database, reader: RunReader) -> None:
    metadata = {"z": 1, "a": {"y": 2.0, "b": "a\0b"}}
    told = whole_run("r1", metadata=metadata)
    await project(database, told)

    answer = await reader.get_run_request(GetRunRequest(run_id="r1"))

    assert answer.request == RunRequest.model_validate_json(told[0].body)
    assert list(answer.request.metadata) == ["z", "a"]
    assert answer.winner_texts == {"instruction": "The winning text."}


async def test_candidates_come_in_order_in_pages(database: Database, reader: RunReader) -> None:
    await project(database, whole_run("r1", steps=6))
    found: list[CandidateSummary] = []
    after = -1
    while True:
        page = await reader.list_candidates(ListCandidates(run_id="r1", after=after, limit=3))
        found += page.candidates
        if page.next_after is None:
            break
        after = page.next_after

    assert [each.candidate_id for each in found] == [f"c{n}" for n in range(7)]
    assert [each.status for each in found[:3]] == ["original", "rejected", "accepted"]
    assert (found[2].operator, found[2].step, found[2].parents) == ("reflect", 2, ("c0",))
    assert (found[2].full_mean, found[2].full_examples) == (0.52, 10)
    assert found[2].texts == {"instruction": "Sort it, version 2."}
    assert (found[0].operator, found[0].parents) == (None, ())


async def test_outcomes_come_in_the_order_of_the_stream_in_pages(
    database: Database, reader: RunReader
) -> None:
    await project(database, whole_run("r1", steps=3))
    found: list[OutcomeRow] = []
    after = (0, -1)
    while True:
        page = await reader.list_outcomes(ListOutcomes(run_id="r1", after=after, limit=3))
        found += page.outcomes
        if page.next_after is None:
            break
        after = page.next_after

    assert [row.shard_id for row in found] == [
        shard for shard in ("o-0", "m1-0", "m2-0", "m3-0") for _ in range(2)
    ]
    assert found[0].outcome == told_runs.outcome("e0")
    of_one = await reader.list_outcomes(ListOutcomes(run_id="r1", candidate_id="c2"))
    assert [row.candidate_id for row in of_one.outcomes] == ["c2", "c2"]


async def test_an_outcome_is_told_with_what_it_is_worth(
    database: Database, reader: RunReader
) -> None:
    worth = Spend(calls=1, prompt_tokens=10, completion_tokens=2, usd=0.0001, unpriced_calls=1)
    cached = told_runs.outcome("e0", spend=Spend(cached_calls=1), worth=worth)
    shard = told_runs.result("r1", "s0", "c1", outcomes=(cached,))
    await project(database, [*Teller("r1").opening(), shard])

    page = await reader.list_outcomes(ListOutcomes(run_id="r1", candidate_id="c1"))

    assert [row.outcome for row in page.outcomes] == [cached]


async def test_pages_of_large_outcomes_stay_below_the_limit_of_messages(
    database: Database, reader: RunReader
) -> None:
    large = tuple(told_runs.outcome(f"e{n}", output="ü" * 16_000) for n in range(7))
    told = [told_runs.result("r1", f"s{n}", "c0", outcomes=large) for n in range(4)]
    await project(database, [*Teller("r1").opening(), *told])
    pages = []
    after = (0, -1)
    while True:
        page = await reader.list_outcomes(ListOutcomes(run_id="r1", after=after, limit=200))
        pages.append(page)
        if page.next_after is None:
            break
        after = page.next_after

    assert len(pages) > 1
    assert all(len(page.model_dump_json().encode()) < MESSAGE_BYTES for page in pages)
    assert sum(len(page.outcomes) for page in pages) == 2 + 28


def scans(plan: dict[str, Any]) -> set[str]:
    """Tables that a plan reads from end to end."""
    own = {plan["Relation Name"]} if plan["Node Type"] == "Seq Scan" else set()
    return own.union(*(scans(child) for child in plan.get("Plans", [])))


async def test_lists_read_through_their_indexes(migrated_url: str) -> None:
    connection = await asyncpg.connect(migrated_url)
    await connection.execute(SEED)
    plans = {
        "get_run": ["'r5'", "'default'"],
        "list_candidates": ["'r5'", "3", "50"],
        "list_outcomes": ["'r5'", "'c3'", "0", "-1", "50"],
        "list_examples": ["'d5'", "'test'", "3", "50"],
        "summarize_runs": ["'{r5}'"],
        "count_examples": ["'d5'"],
    }
    for name, values in plans.items():
        text = sql.queries()[name]
        for n, value in reversed(list(enumerate(values, 1))):
            text = text.replace(f"${n}", value)
        body = "\n".join(line for line in text.split("\n") if not line.startswith("--"))
        explained = await connection.fetchval(f"explain (format json) {body}")

        assert scans(json.loads(explained)[0]["Plan"]) == set(), name
    await connection.close()


SEED = """
insert into runs (
    run_id, last_seq, project, kind, name, strategy, program, dataset, models, simulated, request,
    requested_at, budget_seq, state, state_seq, proposed, accepted, rejected, shards_dispatched,
    shards_done, outcomes, calls, cached_calls, prompt_tokens, completion_tokens, usd,
    unpriced_calls
)
select 'r' || n, n, 'default', 'optimization', '', 'gepa', '', '', '{}', true, '{}',
    timestamptz '2026-01-01' + n * interval '1 minute', 0,
    case when n % 100 = 0 then 'failed' else 'completed' end,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
from generate_series(1, 3000) as n;
insert into candidates (run_id, candidate_id, ordinal, is_original, is_accepted, is_rejected)
select 'r' || n % 300, 'c' || n / 300, n, false, true, false from generate_series(1, 6000) as n;
insert into outcomes (
    run_id, shard_id, position, stream_seq, candidate_id, split, example_id, repeat, class, score,
    scores, calls, cached_calls, prompt_tokens, completion_tokens, usd, unpriced_calls, latency_ms,
    cached, at
)
select 'r' || n % 100, 's' || n, 0, n, 'c' || n % 7, 'test', 'e', 0, 'scored', 0, '{}',
    0, 0, 0, 0, 0, 0, 0, false, now()
from generate_series(1, 6000) as n;
insert into outcome_payloads (run_id, position, stream_seq, output, feedback, stages)
select 'r' || n % 100, 0, n, '', '', '[]' from generate_series(1, 6000) as n;
insert into example_sets (set_id, name, sizes)
select 'd' || n, '', '{}' from generate_series(0, 19) as n;
insert into example_items (
    item_hash, body, bytes, inputs_hash, expected_hash, likeness, expected_empty
)
select sha256(n::text::bytea), to_json(repeat('x', 1000)), 1002, '', '', '', false
from generate_series(1, 6000) as n;
insert into set_examples (set_id, position, example_id, split, item_hash)
select
    'd' || n % 20, n, n, case when n % 3 = 0 then 'test' else 'train' end, sha256(n::text::bytea)
from generate_series(1, 6000) as n;
analyze;
"""
