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
    best_mean double precision
);
comment on column runs.requested_at is 'Null until the request itself is projected';
comment on column runs.usd is 'Exact, so that the sum does not depend on the order of adding';
comment on column runs.ended_with is 'The winner of a completed run, the best of a cancelled one';
create index runs_newest on runs (project, requested_at, run_id);
create index runs_newest_by_state on runs (project, state, requested_at, run_id);
create index runs_newest_by_strategy on runs (project, strategy, requested_at, run_id);
create index runs_newest_by_kind on runs (project, kind, requested_at, run_id);

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
    primary key (run_id, candidate_id)
);
comment on column candidates.ordinal is 'Sequence of the first fact that brought the candidate';
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
    primary key (run_id, stream_seq)
);

create table outcomes (
    run_id text collate "C" not null,
    shard_id text collate "C" not null,
    position integer not null,
    stream_seq bigint not null,
    candidate_id text collate "C" not null,
    example_id text not null,
    repeat integer not null,
    class text not null,
    score double precision not null,
    scores json not null,
    output text not null,
    feedback text not null,
    fault json,
    stages json not null,
    calls bigint not null,
    cached_calls bigint not null,
    prompt_tokens bigint not null,
    completion_tokens bigint not null,
    usd numeric not null,
    unpriced_calls bigint not null,
    latency_ms double precision not null,
    cached boolean not null,
    at timestamptz not null,
    primary key (run_id, shard_id, position)
);
create index outcomes_in_order on outcomes (run_id, stream_seq, position);
create index outcomes_of_candidate on outcomes (run_id, candidate_id, stream_seq, position);

create table datasets (
    dataset_id text collate "C" primary key,
    name text not null,
    sizes json not null,
    complete boolean not null default false,
    created_at timestamptz not null default now()
);

create table dataset_examples (
    dataset_id text collate "C" not null references datasets on delete cascade,
    position integer not null,
    example_id text not null,
    split text not null,
    example json not null,
    primary key (dataset_id, position),
    unique (dataset_id, example_id)
);
create index dataset_examples_by_split on dataset_examples (dataset_id, split, position);
