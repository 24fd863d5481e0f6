create table audit_events (
    id bigint generated always as identity primary key,
    project text collate "C",
    at timestamptz not null default now(),
    actor_id text collate "C" not null,
    actor_name text not null,
    address text not null,
    trace_id text,
    action text not null,
    target text not null,
    details json not null
);
comment on table audit_events is 'Sensitive acts, written in the transaction of the act';
comment on column audit_events.project is 'Null for what concerns no single project';
create index audit_events_newest on audit_events (project, id);
create index audit_events_by_actor on audit_events (project, actor_id, id);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name;
end
$$;

create trigger audit_events_stay before update or delete or truncate on audit_events
for each statement execute function refuse_change();
