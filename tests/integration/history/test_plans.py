"""No hot query reads a large table from end to end."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from bench.history_rows import candidate_id, fill, run_id
from promptevolver_contracts.comparisons import (
    COMPARE_EXAMPLES,
    COMPARE_RUNS,
    ComparedRun,
    CompareExamples,
    CompareRuns,
)
from promptevolver_contracts.history import (
    GET_CANDIDATE,
    GET_FACETS,
    GET_LINEAGE,
    GET_RUN_ENTRY,
    GET_SPEND,
    SEARCH_CANDIDATES,
    SEARCH_EVENTS,
    SEARCH_MUTATIONS,
    SEARCH_OUTCOMES,
    SEARCH_RUNS,
    Found,
    GetCandidate,
    GetFacets,
    GetLineage,
    GetSpend,
    SearchInRun,
    SearchRuns,
    SortKey,
)
from promptevolver_contracts.queries import GetRun, ListCandidates, ListOutcomes
from promptevolver_contracts.rpc import Query
from promptevolver_contracts.subjects import LIST_CANDIDATES, LIST_OUTCOMES
from promptevolver_history.database import Database
from promptevolver_history.handlers import answers
from promptevolver_history.store import Store
from support.history import events_of, open_database
from support.plans import Plans, scans
from support.postgres import fresh_database
from support.told_runs import START, whole_run

pytestmark = pytest.mark.infra

RUNS, SCORED = 2000, 33
RUN = run_id(1000)


@pytest.fixture(scope="module")
def filled_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """A database with 2000 runs and 200 000 outcomes, its statistics up to date."""
    with fresh_database(postgres_server, postgres_template) as url:
        with ThreadPoolExecutor(1) as pool:  # a loop of its own
            pool.submit(asyncio.run, fill(url, RUNS, scored=SCORED)).result()
        yield url


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> Plans:
    plans = Plans()
    plans.listen(monkeypatch)
    return plans


class Asker:
    """Asks history's handlers without a broker."""

    def __init__(self, database: Database) -> None:
        self._handlers = {each.query.subject: each.handle for each in answers(database)}

    async def ask(self, query: Query[Any, Any], question: Any) -> Any:
        return await self._handlers[query.subject](question)


def compare(op: str, field: str, value: Any) -> dict[str, Any]:
    return {"op": op, "field": field, "value": value}


FILTERS: list[dict[str, Any]] = [
    compare("=", "state", "failed"),
    compare("=", "strategy", "beam"),
    compare("=", "program", "triage"),
    compare("=", "task_model", "ollama/simulated-small"),
    compare("=", "verdict", "improved"),
    compare("=", "metadata.ticket", 77),
    compare("=", "metadata.team", "legal"),
    compare("=", "config.strategy.parameters.width", 3),
    compare(">", "requested_at", "2026-01-05T00:00:00Z"),
    compare(">", "best_mean", 0.95),
    compare(">", "usd", 0.0124),
    compare(">", "metrics.right", 0.55),
    compare("=", "metric", "brevity"),
    # Of words that half of all runs have, reading the table is the right plan.
    {"op": "search", "text": "1234"},
    {"op": "search", "text": "billing 1234"},
    {
        "op": "and",
        "terms": [compare("=", "state", "completed"), compare("=", "metadata.team", "billing")],
    },
    {
        "op": "or",
        "terms": [compare("=", "state", "failed"), compare("=", "metadata.ticket", 9)],
    },
]
SORTS = [
    "requested_at", "name", "started_at", "ended_at", "duration_s", "best_mean", "gain",
    "exam_difference", "usd", "calls", "latency_p50_ms",
]  # fmt: skip


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("field", SORTS)
async def test_sorted_lists_of_runs_and_their_later_pages_follow_an_index(
    filled_url: str, plans: Plans, field: str, *, descending: bool
) -> None:
    async with open_database(filled_url) as database:
        asker = Asker(database)
        question = SearchRuns(sort=(SortKey(field=(field,), descending=descending),))
        page: Found[Any] = await asker.ask(SEARCH_RUNS, question)
        later = question.model_copy(update={"after": page.next})
        second: Found[Any] = await asker.ask(SEARCH_RUNS, later)

    assert len(second.items) > 0
    assert {each.run_id for each in page.items}.isdisjoint(each.run_id for each in second.items)
    assert plans.scanned() == set()


@pytest.mark.parametrize("chosen", FILTERS, ids=str)
async def test_filtered_lists_of_runs_follow_an_index(
    filled_url: str, plans: Plans, chosen: dict[str, Any]
) -> None:
    async with open_database(filled_url) as database:
        question = SearchRuns.model_validate({"filter": chosen})
        page: Found[Any] = await Asker(database).ask(SEARCH_RUNS, question)

    assert len(page.items) > 0
    assert plans.scanned() == set()


@pytest.mark.parametrize(
    ("query", "question"),
    [
        (GET_RUN_ENTRY, GetRun(run_id=RUN)),
        (GET_FACETS, GetFacets(field="task_model")),
        (GET_FACETS, GetFacets(field="metric", containing="r")),
        (GET_FACETS, GetFacets(field="metadata")),
        (GET_FACETS, GetFacets(field="metadata", key=("ticket",), containing="77")),
        (GET_FACETS, GetFacets(field="config", key=("strategy", "parameters", "width"))),
        (SEARCH_CANDIDATES, SearchInRun(run_id=RUN)),
        (SEARCH_OUTCOMES, SearchInRun(run_id=RUN)),
        (SEARCH_OUTCOMES, SearchInRun(run_id=RUN, filter=compare("=", "candidate_id", "c0"))),
        (SEARCH_OUTCOMES, SearchInRun(run_id=RUN, filter=compare("<", "score", 0.3))),
        (
            SEARCH_OUTCOMES,
            SearchInRun(run_id=RUN, filter=compare("=", "outcome_class", "candidate_fault")),
        ),
        (SEARCH_MUTATIONS, SearchInRun(run_id=RUN)),
        (SEARCH_EVENTS, SearchInRun(run_id=RUN)),
        (GET_LINEAGE, GetLineage(run_id=RUN)),
        (GET_CANDIDATE, GetCandidate(run_id=RUN, candidate_id=candidate_id(3))),
        (GET_SPEND, GetSpend(run_id=RUN)),
        (LIST_CANDIDATES, ListCandidates(run_id=RUN)),
        (LIST_OUTCOMES, ListOutcomes(run_id=RUN)),
        (
            COMPARE_RUNS,
            CompareRuns(
                project="default",
                runs=(ComparedRun(run_id=run_id(999)), ComparedRun(run_id=run_id(1002))),
            ),
        ),
        (
            COMPARE_EXAMPLES,
            CompareExamples(
                project="default",
                baseline=ComparedRun(run_id=run_id(999)),
                candidate=ComparedRun(run_id=run_id(1002)),
            ),
        ),
    ],
    ids=lambda each: each.subject if isinstance(each, Query) else "",
)
async def test_what_belongs_to_a_run_is_found_through_an_index(
    filled_url: str, plans: Plans, query: Query[Any, Any], question: Any
) -> None:
    async with open_database(filled_url) as database:
        await Asker(database).ask(query, question)

    assert len(plans.seen) > 0
    assert plans.scanned() == set()


async def test_projecting_a_batch_reads_no_table_from_end_to_end(
    filled_url: str, plans: Plans
) -> None:
    async with open_database(filled_url) as database:
        store = Store(database)
        epoch = await store.stream_epoch(START)
        assert await store.apply(epoch, events_of(whole_run("planned"), 10_000_000)) > 0

    written = {query for query, _ in plans.seen}
    assert {"upsert_runs", "summarize_runs", "summarize_metrics", "count_facets"} <= written
    assert plans.scanned() == set()


async def test_a_query_without_an_index_is_noticed(filled_url: str, plans: Plans) -> None:
    async with open_database(filled_url) as database, database.session() as session:
        await session.built("slow", "select * from outcomes where score = $1::float8", 0.5)
        await session.built("quick", "select * from runs where run_id = $1", RUN)

    assert plans.scanned() == {("slow", "outcomes")}
    assert scans(plans.seen[1][1]) == set()
