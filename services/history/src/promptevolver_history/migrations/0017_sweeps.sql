-- What nothing refers to any more is found by index and deleted in the background.

create index set_examples_by_item on set_examples (item_hash);
create index example_sets_unfinished on example_sets (created_at)
where not complete and set_id not like 'draft-%';
comment on column example_sets.created_at is
    'Of an incomplete content: when a page of it came last';

create table sweeps (
    name text primary key,
    after bytea not null default '',
    due_at timestamptz not null default now()
);
comment on table sweeps is 'How far whoever deletes what nothing refers to has come';
insert into sweeps (name) values ('items');
