create table side_spend (
    spend_id text collate "C" primary key,
    project text collate "C" not null,
    at timestamptz not null default now(),
    by text collate "C" not null,
    by_name text not null,
    kind text not null,
    about text not null,
    calls integer not null,
    tokens bigint not null,
    usd numeric not null
);
comment on table side_spend is
    'What was paid for outside of runs; it counts against the daily limit of the project';
create index side_spend_newest on side_spend (project, at);
