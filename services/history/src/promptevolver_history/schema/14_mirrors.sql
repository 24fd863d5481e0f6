create table mirrors (
    run_id text collate "C" primary key,
    wanted bigint not null,
    mirrored bigint not null default 0,
    mirrored_epoch integer not null default 0,
    mirrored_seq bigint not null default 0,
    mlflow_run_id text,
    attempts integer not null default 0,
    next_attempt_at timestamptz not null default now(),
    mirrored_at timestamptz,
    error text
);
comment on table mirrors is
    'How far runs are copied to MLflow. Rebuilding leaves it alone, so that nothing is copied twice';
comment on column mirrors.wanted is 'Grows by one with every batch that says something of the run';
comment on column mirrors.mirrored is 'What wanted was when the copy was last brought up to date';
comment on column mirrors.mirrored_seq is 'Metrics of facts up to here, and the epoch, are copied';
create index mirrors_due on mirrors (next_attempt_at) where wanted > mirrored;
