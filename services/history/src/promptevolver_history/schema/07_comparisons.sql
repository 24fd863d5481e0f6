create table comparisons (
    comparison_id text collate "C" primary key,
    project text collate "C" not null,
    kind text not null,
    question json not null,
    outcomes_seen bigint [] not null,
    methods_version text not null,
    seed bigint not null,
    inputs_hash text not null,
    answer json not null,
    computed_at timestamptz not null
);
comment on table comparisons is
    'Computed once for each question; outcomes_seen says by how many outcomes of each run';
