create table sweeps (
    name text primary key,
    after bytea not null default '',
    due_at timestamptz not null default now()
);
comment on table sweeps is 'How far whoever deletes what nothing refers to has come';
insert into sweeps (name) values ('items');
