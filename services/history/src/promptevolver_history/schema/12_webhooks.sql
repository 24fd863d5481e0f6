create table announcements (
    event_id text collate "C" primary key,
    type text not null,
    run_id text collate "C",
    project text collate "C",
    at timestamptz not null,
    data json not null
);
comment on table announcements is
    'Events to tell webhooks of, written in the transaction of what happened, until they are given out';
comment on column announcements.project is 'Null for a run''s: its request may be projected later';

create table webhooks (
    webhook_id text collate "C" primary key,
    project text collate "C" not null,
    url text not null,
    events text[] not null,
    description text not null,
    active boolean not null default true,
    secret text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index webhooks_in_order on webhooks (project, webhook_id);

create table webhook_deliveries (
    delivery_id text collate "C" primary key default uuidv7()::text,
    webhook_id text collate "C" not null references webhooks on delete cascade,
    event_id text collate "C" not null,
    event_type text not null,
    payload json not null,
    state text not null default 'pending',
    attempts integer not null default 0,
    created_at timestamptz not null default now(),
    next_attempt_at timestamptz default now(),
    delivered_at timestamptz,
    redelivery_of text collate "C",
    claimed_until timestamptz,
    settled_at timestamptz,
    unique nulls not distinct (webhook_id, event_id, redelivery_of)
);
comment on column webhook_deliveries.claimed_until is 'Somebody delivers it now; past: they died';
comment on column webhook_deliveries.settled_at is 'Since when nothing more is tried; null: pending';
create index webhook_deliveries_due on webhook_deliveries (webhook_id, next_attempt_at)
where state = 'pending';
create index webhook_deliveries_under_way on webhook_deliveries (claimed_until)
where state = 'pending' and claimed_until is not null;
create index webhook_deliveries_newest on webhook_deliveries (webhook_id, delivery_id);
create index webhook_deliveries_old on webhook_deliveries (settled_at) where state <> 'pending';

create table webhook_attempts (
    delivery_id text collate "C" not null references webhook_deliveries on delete cascade,
    number integer not null,
    at timestamptz not null default now(),
    duration_ms double precision not null,
    status integer,
    error text,
    response text not null,
    primary key (delivery_id, number)
);
