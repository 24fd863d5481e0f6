"""Filters in Postgres mean what they mean in plain Python, and nothing can be smuggled in."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from promptevolver_contracts.fields import RESOURCES, Resource
from promptevolver_contracts.filters import Among, Compare, Leaf, Presence, Search, Term
from promptevolver_contracts.history import SearchInRun, SearchRuns, SortKey
from promptevolver_history.database import Database
from promptevolver_history.filtering.columns import TABLES, Keys, Numbers
from promptevolver_history.runs.search import RunSearch
from promptevolver_history.store import Store
from promptevolver_runtime.rpc import QueryFailed
from support.filter_oracle import Row, filters, holds, leaves_of
from support.history import events_of, open_database
from support.postgres import fresh_database
from support.told_runs import START, whole_run

pytestmark = [
    pytest.mark.infra,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.filterwarnings("ignore:.*marked with '@pytest.mark.asyncio'.*"),
]

DAY = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = ["alpha", "beta", "al", "a%b", "a_b", "quo'te", 'say "so"', "back\\slash", "", "Ünicode"]
PLAIN = ["alpha", "beta", "gamma", "delta"]
"""Texts that every collation orders alike."""
STRATEGIES = ["gepa", "opro", "evaluate"]
METRICS = ["accuracy", "brevity"]
CONFIGS: list[dict[str, Any]] = [
    {"strategy": {"name": "gepa", "parameters": {"rounds": 3}}, "metadata": {"team": "alpha"}},
    {"strategy": {"name": "opro", "parameters": {"rounds": 3.5}}, "metadata": {"team": 7}},
    {"metadata": {"team": True, "a b": {"c.d": "x"}}, "metrics": [{"name": "accuracy"}]},
    {"metadata": {"team": None, "rounds": "3"}},
    {},
]


def _row(n: int) -> dict[str, Any]:
    """Give what a run's fields hold; the numbers make every pair of values meet."""
    score = {"accuracy": n % 4 / 4} if n % 3 else {}
    config = CONFIGS[n % 5]
    tags = [WORDS[n % 10], WORDS[(n + 3) % 10]] if n % 2 else []
    row: dict[str, Any] = {
        "run_id": f"run-{n:03}",
        "name": PLAIN[n % 4],
        "state": ["queued", "running", "completed"][n % 3],
        "strategy": STRATEGIES[n % 3],
        "reason": WORDS[n % 10] if n % 4 else None,
        "simulated": n % 2 == 0,
        "requested_at": DAY + timedelta(hours=n // 2),
        "ended_at": DAY + timedelta(hours=n) if n % 3 == 2 else None,
        "best_mean": n % 5 / 10 if n % 5 else None,
        "proposed": n % 6,
        "usd": n % 3 / 8,
        "tag": tags,
        "note": WORDS[(n + 1) % 10] if n % 2 else "",
        "archived": n % 7 == 1,
        "score": score,
        "config": config,
        "metadata": config.get("metadata", {}),
        "metric": list(score),
    }
    row["text"] = " ".join([row["name"], *tags, row["note"]])
    return row


ROWS = [_row(n) for n in range(60)]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def search(postgres_server: str, postgres_template: str) -> AsyncIterator[RunSearch]:
    with fresh_database(postgres_server, postgres_template) as url:
        async with open_database(url) as database:
            await _fill(database)
            store = Store(database)
            await store.apply(await store.stream_epoch(START), events_of(whole_run("told")))
            yield RunSearch(database)


async def _fill(database: Database) -> None:
    async with database.pool.acquire() as connection:
        for row in ROWS:
            await _insert(connection, row)


async def _insert(connection: asyncpg.Connection, row: dict[str, Any]) -> None:
    await connection.execute(
        """insert into runs (run_id, last_seq, project, kind, name, state, strategy, program,
        dataset, models, simulated, requested_at, ended_at, budget, budget_seq, state_seq, reason,
        proposed, accepted, rejected, shards_dispatched, shards_done, outcomes, calls,
        cached_calls, prompt_tokens, completion_tokens, usd, unpriced_calls, best_mean,
        shown_name) values ($1, 1, 'p', 'optimization', $2, $3, $4, 'triage', 'tickets', '{}', $5,
        $6, $7, '{}', 0, 0, $8, $9, 0, 0, 0, 0, 0, 0, 0, 0, 0, $10, 0, $11, $2)""",
        *(row[name] for name in ("run_id", "name", "state", "strategy", "simulated")),
        *(row[name] for name in ("requested_at", "ended_at", "reason", "proposed")),
        row["usd"],
        row["best_mean"],
    )
    await connection.execute(
        "insert into run_configs (run_id, project, config, words) values ($1, 'p', $2, $3)",
        row["run_id"],
        json.dumps(row["config"]),
        row["name"],
    )
    for name, mean in row["score"].items():
        await connection.execute(
            """insert into run_metrics (run_id, split, metric, project, ranked, original_n,
            best_n, best_mean) values ($1, 'validation', $2, 'p', true, 1, 1, $3)""",
            row["run_id"], name, mean,
        )  # fmt: skip
        await connection.execute(
            "insert into run_facet_values values ($1, 'metric', $2, 'p')", row["run_id"], name
        )
    if row["tag"] or row["note"] or row["archived"]:
        await connection.execute(
            """insert into run_annotations (run_id, project, version, tags, note, archived, words,
            changed_at, changed_by) values ($1, 'p', 1, $2, $3, $4, $5, now(), 'user:1')""",
            row["run_id"], row["tag"], row["note"], row["archived"],
            " ".join([*row["tag"], row["note"]]).casefold(),
        )  # fmt: skip


def _scalars(values: list[Any]) -> st.SearchStrategy[Any]:
    return st.sampled_from([value for value in values if value is not None])


TEXT_FIELDS = {"strategy": ["gepa", "opro", "x"], "reason": WORDS, "note": WORDS, "tag": WORDS}
NUMBER_FIELDS: dict[tuple[str, ...], list[float]] = {
    ("best_mean",): [0, 0.1, 0.25, 0.4, -1],
    ("proposed",): [0, 1, 2.5, 5, 10**9],
    ("usd",): [0, 0.125, 0.1, 1],
    ("score", "accuracy"): [0, 0.25, 0.3, 1],
    ("score", "absent"): [0, 1],
}
PATHS = [
    ("config", "strategy", "name"),
    ("config", "strategy", "parameters", "rounds"),
    ("config", "metrics", "0", "name"),
    ("config", "metrics", "-1", "name"),
    ("metadata", "team"),
    ("metadata", "a b", "c.d"),
    ("metadata", "rounds"),
    ("metadata", "'; drop table runs; --"),
]
LITERALS = [3, 3.5, 7, "3", "alpha", "gepa", "accuracy", "x", True, False, "true"]
EQUAL = st.sampled_from(["=", "!="])
ORDERED = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])


def _compared(fields: st.SearchStrategy[Any], ops: Any, values: Any) -> st.SearchStrategy[Leaf]:
    among = st.builds(
        Among,
        op=st.sampled_from(["in", "not in"]),
        field=fields,
        values=st.lists(values, min_size=1, max_size=3).map(tuple),
    )
    present = st.builds(Presence, op=st.sampled_from(["is null", "is not null"]), field=fields)
    return st.one_of(st.builds(Compare, op=ops, field=fields, value=values), among, present)


def _leaves() -> st.SearchStrategy[Leaf]:
    partly = st.sampled_from(["=", "!=", "contains", "like"])
    dates = st.sampled_from(["2026-01-01", "2026-01-01T05:00:00Z", "2026-01-02T01:00:00+02:00"])
    patterns = st.sampled_from([*WORDS, "a%", "%a", "_l%", "%", "%\\%", "quo'%"])
    return st.one_of(
        *(
            _compared(st.just((name,)), partly, st.one_of(st.sampled_from(values), patterns))
            for name, values in TEXT_FIELDS.items()
        ),
        *(
            _compared(st.just(path), ORDERED, st.sampled_from(values))
            for path, values in NUMBER_FIELDS.items()
        ),
        _compared(st.just(("name",)), ORDERED, st.sampled_from(PLAIN)),
        _compared(st.just(("metric",)), EQUAL, st.sampled_from([*METRICS, "none"])),
        _compared(st.sampled_from([("requested_at",), ("ended_at",)]), ORDERED, dates),
        _compared(st.just(("archived",)), EQUAL, st.booleans()),
        _compared(st.sampled_from(PATHS), EQUAL, st.sampled_from(LITERALS)),
        _compared(
            st.sampled_from(PATHS),
            st.sampled_from(["<", "<=", ">", ">="]),
            st.sampled_from([3, 3.4, 7, "alpha", "gepa"]),
        ),
        st.builds(Search, text=st.sampled_from(["alpha", "beta al", "b", "Gamma", "quo", "a b"])),
        # One word in what was asked for, the other in what people said of it.
        st.builds("{} {}".format, st.sampled_from(PLAIN), st.sampled_from(WORDS)).map(
            lambda text: Search(text=text)
        ),
    )


MANY = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
COMPARABLE = filters(_leaves())


async def _all(search: RunSearch, **asked: Any) -> list[str]:
    found: list[str] = []
    after = None
    while True:
        question = SearchRuns(project="p", archived="include", after=after, **asked)
        page = await search.runs(question)
        found += [run.run_id for run in page.items]
        after = page.next
        if after is None:
            return found


@MANY
@given(term=COMPARABLE)
async def test_a_filter_means_in_postgres_what_it_means_in_python(
    search: RunSearch, term: Term
) -> None:
    expected = {row["run_id"] for row in ROWS if holds(term, row)}
    assert set(await _all(search, filter=term, limit=200)) == expected


SORTS = st.lists(
    st.builds(
        SortKey,
        field=st.sampled_from(
            [
                *(("requested_at",), ("name",), ("best_mean",), ("usd",), ("archived",)),
                *(("ended_at",), ("score", "accuracy"), ("strategy",), ("simulated",)),
            ]
        ),
        descending=st.booleans(),
    ),
    max_size=3,
    unique_by=lambda key: key.field,
)


def _order(sort: list[SortKey]) -> list[Row]:
    """Sort as the language says: what is absent is lowest, and the id decides in the end."""
    keys = sort or [SortKey(field=("requested_at",), descending=True)]
    ordered: list[Row] = sorted(ROWS, key=lambda row: row["run_id"], reverse=keys[-1].descending)
    for key in reversed(keys):
        ordered.sort(key=partial(_rank, key), reverse=key.descending)
    return ordered


def _rank(key: SortKey, row: Row) -> tuple[bool, Any]:
    value: Any = row
    for name in key.field:
        value = value.get(name)
    return (value is not None, value if value is not None else 0)


@MANY
@given(sort=SORTS, limit=st.sampled_from([1, 2, 7, 25, 60]), term=st.none() | COMPARABLE)
async def test_pages_give_every_row_once_in_the_order_asked_for(
    search: RunSearch, sort: list[SortKey], limit: int, term: Term | None
) -> None:
    expected = [row["run_id"] for row in _order(sort) if term is None or holds(term, row)]
    assert await _all(search, filter=term, sort=tuple(sort), limit=limit) == expected


HOSTILE = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
    st.sampled_from(
        [
            "'",
            "\\",
            "%",
            "$1",
            "$$",
            "{}",
            "{test}",
            "{0}",
            '"',
            "--",
            "/*",
            "'); drop table runs;--",
        ]
    ),
)


@MANY
@given(term=filters(leaves_of("runs", HOSTILE)))
async def test_nothing_breaks_out_of_a_value_or_a_key(search: RunSearch, term: Term) -> None:
    """Whatever is asked, the answer is a page, and all runs are still there."""
    found = await search.runs(SearchRuns(project="p", filter=term, limit=1, total=True))
    assert found.total is not None
    assert len(await _all(search, limit=200)) == len(ROWS)


@MANY
@given(after=st.lists(st.none() | HOSTILE, max_size=3))
async def test_a_forged_position_is_refused_or_gives_a_page(
    search: RunSearch, after: list[str | None]
) -> None:
    question = SearchRuns(project="p", after=tuple(after), limit=1)
    try:
        page = await search.runs(question)
    except (QueryFailed, asyncpg.DataError):
        return
    assert len(page.items) <= 1


OTHERS: tuple[Resource, ...] = ("candidates", "outcomes", "mutations", "events")


def _sorts(resource: Resource) -> st.SearchStrategy[tuple[SortKey, ...]]:
    fields = [
        (name, "x") if spec.nested else (name,)
        for name, spec in RESOURCES[resource].items()
        if spec.sortable
    ]
    key = st.builds(SortKey, field=st.sampled_from(fields), descending=st.booleans())
    return st.lists(key, max_size=3, unique_by=lambda key: key.field).map(tuple)


HOSTILE_FILTERS = {resource: filters(leaves_of(resource, HOSTILE)) for resource in OTHERS}
SORTS_OF = {resource: _sorts(resource) for resource in OTHERS}


@pytest.mark.parametrize("resource", OTHERS)
@MANY
@given(data=st.data())
async def test_any_filter_and_sort_of_what_belongs_to_a_run_gives_its_pages(
    search: RunSearch, resource: Resource, data: st.DataObject
) -> None:
    """Whatever lets n rows through in one page does so in pages of one, in the same order."""
    term = data.draw(st.none() | HOSTILE_FILTERS[resource])
    sort = data.draw(SORTS_OF[resource])
    ask = getattr(search, resource)
    question = SearchInRun(project="default", run_id="told", filter=term, sort=sort, limit=200)
    whole = await ask(question)
    assert term is not None or len(whole.items) > 3
    single: list[Any] = []
    after = None
    while len(single) < 5:
        page = await ask(question.model_copy(update={"after": after, "limit": 1}))
        single += page.items
        after = page.next
        if after is None:
            break
    assert single == list(whole.items[: len(single)])


@pytest.mark.parametrize("resource", RESOURCES)
def test_every_field_has_its_column(resource: Resource) -> None:
    columns = TABLES[resource].fields
    ties = set(TABLES[resource].tie)
    assert set(RESOURCES[resource]) - set(columns) == set()
    assert set(columns) - set(RESOURCES[resource]) - ties == set()
    for name, spec in RESOURCES[resource].items():
        assert spec.nested == isinstance(columns[name], Keys | Numbers), name


async def test_another_project_sees_none(search: RunSearch) -> None:
    anything = Compare(op="!=", field=("name",), value="x")
    page = await search.runs(SearchRuns(project="q", filter=anything, archived="include"))
    assert page.items == ()


@pytest.mark.parametrize(("archived", "seen"), [("exclude", 51), ("only", 9), ("include", 60)])
async def test_archived_runs(search: RunSearch, archived: Any, seen: int) -> None:
    question = SearchRuns(project="p", archived=archived, limit=200, total=True)
    page = await search.runs(question)
    assert (len(page.items), page.total and page.total.count) == (seen, seen)


async def test_an_unknown_field_in_json_is_refused_where_it_stands(search: RunSearch) -> None:
    wrong = Compare(op="=", field=("run_id; drop table runs",), value="x")
    with pytest.raises(QueryFailed) as refused:
        await search.runs(SearchRuns(project="p", filter=wrong))
    assert refused.value.info.errors[0].code == "unknown_field"
