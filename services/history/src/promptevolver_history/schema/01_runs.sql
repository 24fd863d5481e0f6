-- The whole schema as the migrations leave it, for reading; a test compares the two.

create table schema_migrations (
    version text primary key,
    checksum text not null,
    applied_at timestamptz not null default now()
);

-- Columns of type json, not jsonb: the order of keys and the spelling of numbers are part of
-- what was said, and texts may hold escapes that jsonb refuses.

create table stream_epochs (
    stream_epoch integer generated always as identity primary key,
    created timestamptz not null unique
);
comment on table stream_epochs is
    'Each incarnation of the stream: sequences start again when a stream is made anew';

create table events (
    stream_epoch integer not null references stream_epochs,
    stream_seq bigint not null,
    run_id text collate "C" not null,
    kind text not null,
    type text not null,
    event_id text collate "C" not null,
    payload json not null,
    trace_id text,
    at timestamptz not null,
    primary key (stream_epoch, stream_seq),
    unique (run_id, kind, event_id)
);
comment on table events is 'Every readable message of the stream but the shards, word for word';

create table projection (
    stream_epoch integer primary key references stream_epochs,
    last_seq bigint not null,
    events bigint not null
);

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

create table runs (
    run_id text collate "C" primary key,
    last_seq bigint not null,
    project text collate "C",
    kind text,
    name text,
    strategy text,
    program text,
    dataset text,
    models json,
    simulated boolean,
    request json,
    requested_at timestamptz,
    trace_id text,
    budget json,
    budget_seq bigint not null,
    state text not null,
    state_seq bigint not null,
    paused_reason text,
    started_at timestamptz,
    original text collate "C",
    ended_at timestamptz,
    ended_with text collate "C",
    ended_texts json,
    verdict text,
    comparison json,
    reason text,
    error json,
    proposed integer not null,
    accepted integer not null,
    rejected integer not null,
    shards_dispatched integer not null,
    shards_done integer not null,
    outcomes integer not null,
    calls bigint not null,
    cached_calls bigint not null,
    prompt_tokens bigint not null,
    completion_tokens bigint not null,
    usd numeric not null,
    unpriced_calls bigint not null,
    original_mean double precision,
    best text collate "C",
    best_mean double precision,
    ranked_on text,
    best_is text collate "C" generated always as (coalesce(ended_with, best)) stored,
    task_model text generated always as (models ->> 'task') stored,
    gain double precision generated always as (best_mean - original_mean) stored,
    exam_original double precision generated always as (
        (comparison ->> 'mean_original')::double precision
    ) stored,
    exam_winner double precision generated always as (
        (comparison ->> 'mean_winner')::double precision
    ) stored,
    exam_difference double precision generated always as (
        (comparison ->> 'difference')::double precision
    ) stored,
    duration_s double precision generated always as (
        extract(epoch from ended_at - started_at)
    ) stored,
    faults bigint not null default 0,
    cached_outcomes bigint not null default 0,
    timed_outcomes bigint not null default 0,
    latency_ms numeric not null default 0,
    latency_buckets integer[] not null default '{}',
    latency_mean_ms double precision generated always as (
        (latency_ms / nullif(timed_outcomes, 0))::double precision
    ) stored,
    latency_p50_ms double precision generated always as (
        latency_quantile(latency_buckets, 0.5)
    ) stored,
    latency_p95_ms double precision generated always as (
        latency_quantile(latency_buckets, 0.95)
    ) stored,
    shown_name text,
    origin_run text collate "C",
    origin_candidate text collate "C",
    origin_relation text
);
comment on column runs.origin_run is 'The run that this one descends from; null for none';
comment on column runs.origin_candidate is 'The candidate of that run that was forked';
comment on column runs.origin_relation is 'rerun, fork or continue';
create index runs_by_origin on runs (project, origin_run, requested_at, run_id)
where origin_run is not null;
comment on column runs.requested_at is 'Null until the request itself is projected';
comment on column runs.usd is 'Exact, so that the sum does not depend on the order of adding';
comment on column runs.ended_with is 'The winner of a completed run, the best of a cancelled one';
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
create index runs_newest on runs (project, requested_at, run_id);
create index runs_newest_by_state on runs (project, state, requested_at, run_id);
create index runs_newest_by_strategy on runs (project, strategy, requested_at, run_id);
create index runs_newest_by_kind on runs (project, kind, requested_at, run_id);
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

create table candidates (
    run_id text collate "C" not null,
    candidate_id text collate "C" not null,
    ordinal bigint,
    step integer,
    parents json,
    texts json,
    operator text,
    operator_seq bigint,
    is_original boolean not null,
    is_accepted boolean not null,
    is_rejected boolean not null,
    full_mean double precision,
    full_examples integer,
    full_seq bigint,
    status text not null generated always as (
        case
            when is_original then 'original'
            when is_accepted then 'accepted'
            when is_rejected then 'rejected'
            else 'proposed'
        end
    ) stored,
    pinned boolean not null default false,
    pinned_seq bigint,
    vetoed boolean not null default false,
    vetoed_seq bigint,
    primary key (run_id, candidate_id)
);
comment on column candidates.ordinal is 'Sequence of the first fact that brought the candidate';
comment on column candidates.pinned is 'A person keeps it in play; the latest word counts';
comment on column candidates.vetoed is 'A person rules it out; the latest word counts';
create index candidates_in_order on candidates (run_id, ordinal);
create index candidates_best on candidates (run_id, full_mean desc, ordinal)
where full_mean is not null and (is_original or is_accepted);

create table mutations (
    run_id text collate "C" not null,
    stream_seq bigint not null,
    step integer,
    operator text not null,
    child text collate "C" not null,
    parents json not null,
    components json not null,
    rationale text not null,
    example_ids json not null,
    at timestamptz not null,
    feedback_ids json not null default '[]',
    primary key (run_id, stream_seq)
);
comment on column mutations.feedback_ids is 'Notes of people that the operator was shown';

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
    worth_calls bigint,
    worth_prompt_tokens bigint,
    worth_completion_tokens bigint,
    worth_unpriced_calls bigint,
    worth_usd numeric,
    primary key (run_id, stream_seq, position)
);
comment on table outcomes is
    'What lists and comparisons read; what was written and said is in outcome_payloads';
comment on column outcomes.split is 'unknown: told by an evaluator that did not say it yet';
comment on column outcomes.scores is 'By metric; empty for a candidate fault';
comment on column outcomes.worth_calls is
    'The worth is what answers from the cache cost whoever paid; null where no such answer is told';
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
