create table jobs (
    job_id text collate "C" primary key,
    project text collate "C" not null,
    kind text not null,
    state text not null default 'queued',
    ready boolean not null,
    request json not null,
    done bigint not null default 0,
    total bigint,
    attempts integer not null default 0,
    claimed_until timestamptz,
    result json,
    error json,
    actor json not null,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    ended_at timestamptz,
    expires_at timestamptz not null
);
comment on table jobs is 'Exports, reports and imports, until they expire';
comment on column jobs.ready is 'False while what is to be imported still comes in';
comment on column jobs.attempts is 'Whoever works on it must have claimed it as this attempt';
comment on column jobs.claimed_until is 'From then on another worker may begin anew';
create index jobs_newest on jobs (project, job_id);
create index jobs_open on jobs (created_at) where state in ('queued', 'running');
create index jobs_by_expiry on jobs (expires_at);

create table job_parts (
    job_id text collate "C" not null references jobs on delete cascade,
    role text not null,
    number integer not null,
    content bytea not null,
    primary key (job_id, role, number)
);
comment on column job_parts.role is 'input: what was sent to be imported; file: what was made';

create table imported_runs (
    run_id text collate "C" primary key,
    project text collate "C" not null,
    content_hash text not null,
    complete boolean not null default false,
    imported_at timestamptz not null default now(),
    imported_by text not null
);
comment on table imported_runs is
    'Runs that came as archives. No stream holds their events: rebuilding reads them from here';
comment on column imported_runs.content_hash is
    'Of all events but for the project, so that an equal archive is known again';

create table imported_events (
    seq bigint generated always as identity primary key,
    run_id text collate "C" not null references imported_runs on delete cascade,
    kind text not null,
    event_id text collate "C" not null,
    payload json not null,
    trace_id text,
    unique (run_id, kind, event_id)
);
