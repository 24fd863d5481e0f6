-- Aggregates of runs that were projected before are empty until `promptevolver-history rebuild`.

create function latency_quantile(buckets integer[], share double precision)
returns double precision language sql immutable strict parallel safe
return (
    select power(2, (u.n - 1 + (share * u.whole - (u.upto - u.inside)) / u.inside) / 4.0)
    from (
        select
            b.n, b.inside,
            sum(b.inside) over (order by b.n) as upto,
            sum(b.inside) over () as whole
        from unnest(buckets) with ordinality as b (inside, n)
    ) as u
    where u.inside > 0 and u.upto >= share * u.whole
    order by u.n
    limit 1
);
comment on function latency_quantile is
    'Bucket n of a histogram counts what took at least 2^((n-1)/4) and less than 2^(n/4) ms; '
    'within a bucket the logarithm is taken as evenly spread';

create function added_buckets(one integer[], other integer[])
returns integer[] language sql immutable parallel safe
return (
    select coalesce(array_agg(coalesce(u.a, 0) + coalesce(u.b, 0) order by u.n), '{}')
    from unnest(one, other) with ordinality as u (a, b, n)
);
comment on function added_buckets is 'The sum of two histograms; the shorter has nothing further on';

alter table runs
    add column ranked_on text,
    add column best_is text collate "C" generated always as (coalesce(ended_with, best)) stored,
    add column task_model text generated always as (models ->> 'task') stored,
    add column gain double precision generated always as (best_mean - original_mean) stored,
    add column exam_original double precision generated always as (
        (comparison ->> 'mean_original')::double precision
    ) stored,
    add column exam_winner double precision generated always as (
        (comparison ->> 'mean_winner')::double precision
    ) stored,
    add column exam_difference double precision generated always as (
        (comparison ->> 'difference')::double precision
    ) stored,
    add column duration_s double precision generated always as (
        extract(epoch from ended_at - started_at)
    ) stored,
    add column faults bigint not null default 0,
    add column cached_outcomes bigint not null default 0,
    add column timed_outcomes bigint not null default 0,
    add column latency_ms numeric not null default 0,
    add column latency_buckets integer[] not null default '{}',
    add column latency_mean_ms double precision generated always as (
        (latency_ms / nullif(timed_outcomes, 0))::double precision
    ) stored,
    add column latency_p50_ms double precision generated always as (
        latency_quantile(latency_buckets, 0.5)
    ) stored,
    add column latency_p95_ms double precision generated always as (
        latency_quantile(latency_buckets, 0.95)
    ) stored,
    add column shown_name text;
comment on column runs.ranked_on is
    'The split on which candidates are ranked, and which original_mean and best_mean speak of';
comment on column runs.best_is is 'The winner once there is one, until then the best so far';
comment on column runs.task_model is 'Name of the model that runs the program';
comment on column runs.gain is 'best_mean minus original_mean';
comment on column runs.exam_difference is 'Winner minus original on the sealed test split';
comment on column runs.duration_s is 'From start to end; null before';
comment on column runs.faults is 'Outcomes that are candidate faults';
comment on column runs.cached_outcomes is 'Outcomes answered wholly from the response cache';
comment on column runs.timed_outcomes is 'Outcomes that took model time; latencies are theirs';
comment on column runs.latency_ms is 'Sum of the model time of outcomes, exact';
comment on column runs.shown_name is
    'What people renamed it to (run_annotations), else the name of the request: lists sort by it';

-- One index for each way in which lists are sorted, read forwards or backwards. Nulls are lowest:
-- first when ascending (`order by x nulls first, run_id`), last when descending
-- (`order by x desc nulls last, run_id desc`).
create index runs_by_name on runs (project, shown_name nulls first, run_id);
create index runs_by_start on runs (project, started_at nulls first, run_id);
create index runs_by_end on runs (project, ended_at nulls first, run_id);
create index runs_by_duration on runs (project, duration_s nulls first, run_id);
create index runs_by_best_mean on runs (project, best_mean nulls first, run_id);
create index runs_by_gain on runs (project, gain nulls first, run_id);
create index runs_by_exam on runs (project, exam_difference nulls first, run_id);
create index runs_by_usd on runs (project, usd, run_id);
create index runs_by_calls on runs (project, calls, run_id);
create index runs_by_latency on runs (project, latency_p50_ms nulls first, run_id);
-- One for each field of which a single value is often asked for, newest first.
create index runs_newest_by_program on runs (project, program, requested_at, run_id);
create index runs_newest_by_dataset on runs (project, dataset, requested_at, run_id);
create index runs_newest_by_model on runs (project, task_model, requested_at, run_id);
create index runs_newest_by_verdict on runs (project, verdict, requested_at, run_id);

alter table candidates
    add column pinned boolean not null default false,
    add column pinned_seq bigint,
    add column vetoed boolean not null default false,
    add column vetoed_seq bigint;
comment on column candidates.pinned is 'A person keeps it in play; the latest word counts';
comment on column candidates.vetoed is 'A person rules it out; the latest word counts';

create temporary table outcomes_before on commit drop as table outcomes;
drop table outcomes;

create table outcomes (
    run_id text collate "C" not null,
    stream_seq bigint not null,
    position integer not null,
    shard_id text collate "C" not null,
    candidate_id text collate "C" not null,
    split text not null,
    example_id text collate "C" not null,
    repeat integer not null,
    class text not null,
    fault_kind text,
    cached boolean not null,
    score double precision not null,
    latency_ms double precision not null,
    calls bigint not null,
    cached_calls bigint not null,
    prompt_tokens bigint not null,
    completion_tokens bigint not null,
    unpriced_calls bigint not null,
    usd numeric not null,
    scores json not null,
    at timestamptz not null,
    primary key (run_id, stream_seq, position)
);
comment on table outcomes is
    'What lists and comparisons read; what was written and said is in outcome_payloads';
comment on column outcomes.split is 'unknown: told by an evaluator that did not say it yet';
comment on column outcomes.scores is 'By metric; empty for a candidate fault';
create index outcomes_of_candidate on outcomes (run_id, candidate_id, stream_seq, position);
create index outcomes_of_example on outcomes (run_id, example_id, candidate_id, repeat);
create index outcomes_faulty on outcomes (run_id, stream_seq, position)
where class = 'candidate_fault';

create table outcome_payloads (
    run_id text collate "C" not null,
    stream_seq bigint not null,
    position integer not null,
    output text not null,
    feedback text not null,
    fault json,
    stages json not null,
    primary key (run_id, stream_seq, position)
);
comment on table outcome_payloads is 'The texts of outcomes: read by key, never searched';

insert into outcomes (
    run_id, stream_seq, position, shard_id, candidate_id, split, example_id, repeat, class,
    fault_kind, cached, score, latency_ms, calls, cached_calls, prompt_tokens, completion_tokens,
    unpriced_calls, usd, scores, at
)
select
    run_id, stream_seq, position, shard_id, candidate_id, 'unknown', example_id, repeat, class,
    fault ->> 'kind', cached, score, latency_ms, calls, cached_calls, prompt_tokens,
    completion_tokens, unpriced_calls, usd, scores, at
from outcomes_before;
insert into outcome_payloads (run_id, stream_seq, position, output, feedback, fault, stages)
select run_id, stream_seq, position, output, feedback, fault, stages from outcomes_before;

-- Read models kept at write time, by the events really inserted and in their transaction. Sums are
-- exact, so that they do not depend on the order in which batches are committed.

create table run_configs (
    run_id text collate "C" primary key,
    project text collate "C" not null,
    config jsonb not null,
    words text not null,
    search tsvector not null generated always as (to_tsvector('simple', words)) stored
);
comment on table run_configs is
    'What a run was asked for, said once: apart from runs, whose rows change with every batch';
comment on column run_configs.config is
    'The request without the bodies of program and dataset, the archive and the feedback: '
    'strategy, models, budget, metrics, metadata, origin, seed, …; ask with @>';
comment on column run_configs.words is
    'Name, program, dataset, strategy, models and texts of the metadata as lower-case words; '
    'questions are split in the same way (wording.words)';
create index run_configs_nested on run_configs using gin (config jsonb_path_ops);
create index run_configs_search on run_configs using gin (search);

create table candidate_totals (
    run_id text collate "C" not null,
    candidate_id text collate "C" not null,
    split text not null,
    outcomes bigint not null,
    faults bigint not null,
    cached_outcomes bigint not null,
    score_total numeric not null,
    score_squares numeric not null,
    score_least double precision not null,
    score_most double precision not null,
    timed_outcomes bigint not null,
    latency_ms numeric not null,
    latency_buckets integer[] not null,
    calls bigint not null,
    cached_calls bigint not null,
    prompt_tokens bigint not null,
    completion_tokens bigint not null,
    usd numeric not null,
    unpriced_calls bigint not null,
    primary key (run_id, candidate_id, split)
) with (fillfactor = 80);
comment on table candidate_totals is
    'Sums over a candidate''s outcomes on a split: each outcome counts, also of an example that '
    'was scored more than once';
comment on column candidate_totals.score_squares is 'Sum of squared scores, for deviations';
comment on column candidate_totals.latency_buckets is 'See latency_quantile';

create table candidate_metrics (
    run_id text collate "C" not null,
    candidate_id text collate "C" not null,
    split text not null,
    metric text collate "C" not null,
    n bigint not null,
    total numeric not null,
    squares numeric not null,
    least double precision not null,
    most double precision not null,
    primary key (run_id, candidate_id, split, metric)
) with (fillfactor = 80);
comment on table candidate_metrics is 'Sums over a candidate''s scores by metric on a split';

create table run_metrics (
    run_id text collate "C" not null,
    split text not null,
    metric text collate "C" not null,
    project text collate "C",
    ranked boolean not null,
    original_n bigint not null,
    original_mean double precision,
    best_n bigint not null,
    best_mean double precision,
    primary key (run_id, split, metric)
) with (fillfactor = 80);
comment on table run_metrics is
    'Means of a run''s original and of runs.best_is by metric; one row of lists and filters';
comment on column run_metrics.ranked is 'Whether the split is runs.ranked_on: what lists show';
create index run_metrics_ranked on run_metrics (project, metric, best_mean nulls first, run_id)
where ranked;

create table run_facet_values (
    run_id text collate "C" not null,
    field text collate "C" not null,
    value text collate "C" not null,
    project text collate "C" not null,
    primary key (run_id, field, value)
);
comment on table run_facet_values is 'Under which values a run is counted in run_facets';
create index run_facet_values_of_project on run_facet_values (project, field, value, run_id);

create table run_facets (
    project text collate "C" not null,
    field text collate "C" not null,
    value text collate "C" not null,
    runs bigint not null,
    primary key (project, field, value)
) with (fillfactor = 50);
comment on table run_facets is
    'How many runs of a project have which value: state, kind, strategy, program, dataset, '
    'task_model, metric, verdict, simulated';

create index events_of_run on events (run_id, stream_epoch, stream_seq) where kind <> 'res';
comment on index events_of_run is 'A run''s story without its results: say kind <> ''res''';
create index mutations_of_child on mutations (run_id, child);
