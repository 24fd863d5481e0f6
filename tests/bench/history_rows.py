"""Fills a database with a long history: `python -m bench.history_rows --url … --runs 10000`.

The runs are told by messages and projected by the service's own code. Their outcomes, of which
there are 1500 each (500 examples answered three times by one candidate, or half of them by two),
come by statements in the server and are summed up there as the projection sums them up; the
messages that would have brought them are not among the events. All of it is **simulated**.
"""

import argparse
import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import batched
from random import Random

import asyncpg
from promptevolver_contracts import facts
from promptevolver_contracts.datasets import DatasetRef, Example, dataset_ref
from promptevolver_contracts.ids import CandidateId
from promptevolver_contracts.metrics import MetricSpec
from promptevolver_contracts.mutations import Mutation
from promptevolver_contracts.queries import PutExamples
from promptevolver_contracts.runs import Models, ModelSpec, StrategySpec
from promptevolver_history.database import Database
from promptevolver_history.datasets.contents import DatasetStore
from promptevolver_history.migrations import migrate
from promptevolver_history.sql import queries
from promptevolver_history.store import Store
from support.history import events_of, open_database
from support.told_runs import ORIGINAL, START, Teller, Told

EXAMPLES, REPEATS = 500, 3
_CANDIDATES = 8
_FIRST_SEQ = 1_000_000_000
_AT_ONCE = 100
_STRATEGIES = ("gepa", "random_search", "beam", "evolution")
_MODELS = ("openai/simulated-task", "openai/simulated-large", "ollama/simulated-small")
_TEAMS = ("billing", "support", "search", "legal")


def run_id(n: int) -> str:
    """Give the id of run `n`: ids sort as their runs began."""
    return f"0197{n >> 16:04x}-{n & 0xFFFF:04x}-7000-8000-{n:012x}"


def candidate_id(n: int) -> CandidateId:
    """Give the id of the candidate that step `n` made."""
    return CandidateId(f"{n:016x}")


def examples() -> list[Example]:
    """Give the dataset's examples."""
    return [
        Example(
            id=f"ticket-{n:05}",
            split="test",
            inputs={"ticket": f"Ticket {n}: the invoice of month {n % 12 + 1} is wrong."},
            expected="billing",
        )
        for n in range(EXAMPLES)
    ]


async def fill(url: str, runs: int, *, first: int = 0, scored: int = EXAMPLES) -> None:
    """Add runs from number `first`, with everything that belongs to them.

    Each scores this many examples.
    """
    dataset = dataset_ref("tickets", examples())
    async with open_database(url, statement_timeout_s=600) as database:
        await _put(database, dataset)
        await _tell(database, dataset, range(first, first + runs))
    chunks = list(batched(range(first, first + runs), _AT_ONCE))
    await asyncio.gather(*(_score(url, chunks[n::2], scored * REPEATS) for n in range(2)))
    connection = await asyncpg.connect(url, command_timeout=None)
    await connection.execute("vacuum analyze")
    await connection.close()


async def _put(database: Database, dataset: DatasetRef) -> None:
    found = examples()
    page = PutExamples(dataset=dataset, offset=0, examples=tuple(found), last=True)
    await DatasetStore(database).put(page)


async def _tell(database: Database, dataset: DatasetRef, numbers: range) -> None:
    store = Store(database)
    epoch = await store.stream_epoch(START)
    seq = 1 + numbers.start * 100
    for some in batched(numbers, 20):
        told = [each for n in some for each in story(n, dataset)]
        await store.apply(epoch, events_of(told, seq))
        seq += len(told)


def story(n: int, dataset: DatasetRef) -> Iterator[Told]:
    """Tell a run without its results."""
    random = Random(n)
    evaluation = n % 3 == 0
    teller = Teller(
        run_id(n),
        name=f"{random.choice(_TEAMS)} triage {n}",
        kind="evaluation" if evaluation else "optimization",
        split="test",
        dataset=dataset.model_copy(update={"sizes": {"train": 1, "validation": 1, "test": 500}}),
        metrics=(
            MetricSpec(name="right", kind="exact_match"),
            MetricSpec(name="brevity", kind="length", weight=0),
        ),
        models=Models(
            task=ModelSpec(model=random.choice(_MODELS)),
            reflection=ModelSpec(model="openai/simulated-reflection"),
        ),
        strategy=StrategySpec(name=random.choice(_STRATEGIES), parameters={"width": n % 7}),
        metadata={"team": random.choice(_TEAMS), "ticket": n, "note": f"attempt {n % 97}"},
        requested_at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=7 * n),
    )
    opening = list(teller.opening())
    yield from (each for each in opening if ".res." not in each.subject)
    best = 0
    for candidate in () if evaluation else range(1, _CANDIDATES):
        accepted = random.random() < 0.3
        best = candidate if accepted else best
        yield from _candidate(teller, candidate, random.random(), accepted=accepted)
    yield _end(teller, n, best)


def _candidate(teller: Teller, n: int, mean: float, *, accepted: bool) -> Iterator[Told]:
    child = candidate_id(n)
    mutation = Mutation(
        operator="reflect", parents=(ORIGINAL,), child=child, components=("instruction",)
    )
    yield teller.fact(facts.MutationMade, step=n, mutation=mutation)
    yield teller.fact(
        facts.CandidateProposed,
        step=n,
        candidate_id=child,
        texts={"instruction": f"Sort the ticket, version {n}. " * 10},
        parents=(ORIGINAL,),
    )
    yield teller.fact(
        facts.CandidateScored,
        candidate_id=child,
        kind="full",
        split="validation",
        examples=EXAMPLES // 2,
        mean=round(mean, 4),
    )
    decision = facts.CandidateAccepted if accepted else facts.CandidateRejected
    yield teller.fact(decision, step=n, candidate_id=child, evidence=facts.Evidence())


def _end(teller: Teller, n: int, best: int) -> Told:
    # Never an evaluation, whose numbers are divisible by three: those are compared.
    if n % 48 == 1:
        return teller.fact(facts.RunFailed, code="internal", message="the provider went away")
    if n % 48 == 2:
        return teller.fact(facts.RunPaused, cause="user", reason="to look at it")
    return teller.completed(candidate_id(best) if best else ORIGINAL)


async def _score(url: str, chunks: Sequence[Sequence[int]], outcomes: int) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("set synchronous_commit = off; set work_mem = '64MB'")
    for numbers in chunks:
        ids = [run_id(n) for n in numbers]
        async with connection.transaction():
            await connection.execute(_OUTCOMES, ids, list(numbers), _FIRST_SEQ, outcomes)
            await connection.execute(_PAYLOADS, ids)
            await connection.execute(_TOTALS, ids)
            await connection.execute(_METRICS, ids)
            await connection.execute(_RUNS, ids)
            await connection.execute(queries()["summarize_metrics"], ids)
    await connection.close()


_OUTCOMES = """
insert into outcomes (
    run_id, stream_seq, position, shard_id, candidate_id, split, example_id, repeat, class,
    fault_kind, cached, score, latency_ms, calls, cached_calls, prompt_tokens, completion_tokens,
    unpriced_calls, usd, scores, at
)
select
    r.run_id, $3::bigint + g.n * $4::integer + i / 4, i % 4, 'e' || i % 2 || '-' || i / 4,
    case when r.kind = 'evaluation' or i % 2 = 0 then r.original else r.best_is end, r.ranked_on,
    'ticket-' || lpad((case when r.kind = 'evaluation' then i / 3 else i / 6 end)::text, 5, '0'),
    (case when r.kind = 'evaluation' then i else i / 2 end) % 3,
    case when x.h % 100 = 0 then 'candidate_fault' else 'scored' end,
    case when x.h % 100 = 0 then 'unusable_output' end,
    x.h % 9 = 0,
    case when x.h % 100 = 0 then 0 else (x.h % 11) / 10.0 end,
    case when x.h % 9 = 0 then 0 else 80 + x.h % 1500 + (x.h % 8) / 8.0 end,
    (x.h % 9 <> 0)::int, (x.h % 9 = 0)::int, 180 + x.h % 90, 20 + x.h % 60, 0,
    0.0001 + (x.h % 50) / 1000000.0,
    case
        when x.h % 100 = 0 then '{}'
        else '{"right":' || (x.h % 11) / 10.0 || ',"brevity":' || (x.h % 7) / 8.0 || '}'
    end::json,
    r.requested_at + i * interval '1 second'
from unnest($1::text[], $2::bigint[]) as g (run_id, n)
inner join runs as r on r.run_id = g.run_id
cross join generate_series(0, $4::integer - 1) as i
cross join lateral (select abs(hashint8(g.n * $4::integer + i)::bigint) as h) as x
"""

_PAYLOADS = """
insert into outcome_payloads (run_id, stream_seq, position, output, feedback, fault, stages)
select
    run_id, stream_seq, position,
    'The category is billing: ' || md5(stream_seq::text) || ' ' || md5(position || example_id),
    'Name the category of ' || example_id || ' and the sentence that decides it.',
    case
        when fault_kind is not null then '{"kind":"unusable_output","message":"no JSON"}'
    end::json,
    '[]'
from outcomes
where run_id = any($1::text[])
"""

_TOTALS = """
insert into candidate_totals
select
    o.run_id, o.candidate_id, o.split, count(*), count(*) filter (where class <> 'scored'),
    count(*) filter (where cached), sum(score::numeric), sum(score::numeric * score::numeric),
    min(score), max(score), count(*) filter (where latency_ms > 0), sum(latency_ms::numeric),
    (
        select array_agg(coalesce(b.inside, 0)::integer order by s.bucket)
        from generate_series(0, 42) as s (bucket)
        left join (
            select floor(4 * ln(l.latency_ms) / ln(2))::integer as bucket, count(*) as inside
            from outcomes as l
            where
                l.run_id = o.run_id and l.candidate_id = o.candidate_id and l.split = o.split
                and l.latency_ms > 0
            group by 1
        ) as b using (bucket)
    ),
    sum(calls), sum(cached_calls), sum(prompt_tokens), sum(completion_tokens), sum(usd),
    sum(unpriced_calls)
from outcomes as o
where run_id = any($1::text[])
group by o.run_id, o.candidate_id, o.split
"""

_METRICS = """
insert into candidate_metrics
select
    run_id, candidate_id, split, s.metric, count(*), sum(s.score::numeric),
    sum(s.score::numeric * s.score::numeric), min(s.score::float8), max(s.score::float8)
from outcomes
cross join lateral json_each_text(scores) as s (metric, score)
where run_id = any($1::text[])
group by run_id, candidate_id, split, s.metric
"""

_RUNS = """
update runs as r
set
    outcomes = s.outcomes, shards_done = s.outcomes / 4, faults = s.faults,
    cached_outcomes = s.cached_outcomes, timed_outcomes = s.timed_outcomes,
    latency_ms = s.latency_ms, calls = s.calls, cached_calls = s.cached_calls,
    prompt_tokens = s.prompt_tokens, completion_tokens = s.completion_tokens, usd = s.usd,
    latency_buckets = s.latency_buckets
from (
    select
        run_id, sum(outcomes) as outcomes, sum(faults) as faults,
        sum(cached_outcomes) as cached_outcomes, sum(timed_outcomes) as timed_outcomes,
        sum(latency_ms) as latency_ms, sum(calls) as calls, sum(cached_calls) as cached_calls,
        sum(prompt_tokens) as prompt_tokens, sum(completion_tokens) as completion_tokens,
        sum(usd) as usd,
        (
            select array_agg(b.inside order by b.n)
            from (
                select n, sum(inside)::integer as inside
                from candidate_totals as c
                cross join unnest(c.latency_buckets) with ordinality as u (inside, n)
                where c.run_id = t.run_id
                group by n
            ) as b
        ) as latency_buckets
    from candidate_totals as t
    where run_id = any($1::text[])
    group by run_id
) as s
where r.run_id = s.run_id
"""


async def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True, help="postgresql:// URL; missing tables are made")
    parser.add_argument("--runs", type=int, default=1000)
    given = parser.parse_args()
    connection = await asyncpg.connect(given.url)
    await migrate(connection)
    await connection.close()
    await fill(given.url, given.runs)


if __name__ == "__main__":
    asyncio.run(_main())
