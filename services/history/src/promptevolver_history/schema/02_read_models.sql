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

create function key_facets(config jsonb) returns table (field text, value text)
language sql stable strict parallel safe as $$
    with recursive parts (path, value) as (
        select array[part.key], part.value
        from jsonb_each(config) as part
        union all
        select parts.path || inside.key, inside.value
        from parts
        cross join lateral jsonb_each(
            case jsonb_typeof(parts.value) when 'object' then parts.value else '{}' end
        ) as inside
        where cardinality(parts.path) < 7
    ),

    spelled (place, field, value) as (
        select
            row_number() over (partition by path[1] = 'metadata' order by path collate "C"),
            to_jsonb(
                case path[1] when 'metadata' then path else array_prepend('config', path) end
            )::text,
            case jsonb_typeof(value)
                when 'number' then trim_scale((value #>> '{}')::numeric)::text
                else value::text
            end
        from parts
        where
            jsonb_typeof(value) in ('string', 'number', 'boolean')
            and octet_length(value::text) <= 400
            and octet_length(to_jsonb(path)::text) <= 400
    )

    select field, value from spelled where place <= 50
$$;
comment on function key_facets is
    'Values of metadata and config of a run, as JSON, by their paths, as JSON; at most 50 of each, '
    'none of them long';

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
    'task_model, metric, verdict, simulated; what key_facets gives; metadata and config: the keys '
    'of that';

create index events_of_run on events (run_id, stream_epoch, stream_seq) where kind <> 'res';
comment on index events_of_run is 'A run''s story without its results: say kind <> ''res''';
create index mutations_of_child on mutations (run_id, child);
