create table example_items (
    item_hash bytea primary key,
    body json not null,
    cluster text,
    bytes integer not null,
    inputs_hash bytea not null,
    expected_hash bytea not null,
    likeness bytea not null,
    expected_empty boolean not null
);
comment on table example_items is
    'What examples consist of, without id and split: kept once, however many versions share it';

create table example_sets (
    set_id text collate "C" primary key,
    name text not null,
    sizes json not null,
    complete boolean not null default false,
    inputs text [],
    created_at timestamptz not null default now()
);
comment on table example_sets is
    'Contents of versions by their hash, and drafts, which are never complete';
comment on column example_sets.created_at is
    'Of an incomplete content: when a page of it came last';
create index example_sets_unfinished on example_sets (created_at)
where not complete and set_id not like 'draft-%';

create table set_examples (
    set_id text collate "C" not null references example_sets on delete cascade,
    position integer not null,
    example_id text collate "C" not null,
    split text not null,
    item_hash bytea not null references example_items,
    primary key (set_id, position),
    unique (set_id, example_id)
);
create index set_examples_by_split on set_examples (set_id, split, position);
create index set_examples_by_item on set_examples (item_hash);

create view dataset_examples as
select s.set_id as dataset_id, s.position, s.example_id, s.split, i.body as example
from set_examples as s
inner join example_items as i on i.item_hash = s.item_hash;

create table dataset_grants (
    project text collate "C" not null,
    set_id text collate "C" not null references example_sets on delete cascade,
    granted_at timestamptz not null default now(),
    primary key (project, set_id)
);
comment on table dataset_grants is
    'Which projects have sent or committed a content: others do not know that it is there';

create table datasets (
    dataset_id text collate "C" primary key,
    project text collate "C" not null,
    draft_id text collate "C" not null unique references example_sets,
    name text not null,
    description text not null,
    metadata json not null,
    input_schema json,
    expected_schema json,
    revision bigint not null default 1,
    committed_revision bigint not null default 1,
    latest integer not null default 0,
    created_at timestamptz not null default now(),
    created_by text not null,
    updated_at timestamptz not null default now(),
    archived_at timestamptz
);
create index datasets_newest on datasets (project, dataset_id);
create unique index datasets_by_name on datasets (project, lower(name)) where archived_at is null;

create table dataset_versions (
    dataset_id text collate "C" not null references datasets,
    number integer not null,
    set_id text collate "C" not null references example_sets,
    parent integer,
    note text not null,
    created_at timestamptz not null default now(),
    created_by text not null,
    primary key (dataset_id, number)
);

create table sealed_examples (
    dataset_id text collate "C" not null references datasets,
    example_id text collate "C" not null,
    version integer not null,
    primary key (dataset_id, example_id)
);
comment on table sealed_examples is
    'Examples that were in the test split of a version: they stay there until unsealed';

create table dataset_uploads (
    upload_id text collate "C" primary key,
    dataset_id text collate "C" not null references datasets,
    mode text not null,
    default_split text not null,
    touched_at timestamptz not null default now()
);
create index dataset_uploads_by_age on dataset_uploads (touched_at);

create unlogged table staged_examples (
    upload_id text collate "C" not null references dataset_uploads on delete cascade,
    position integer not null,
    example_id text collate "C" not null,
    split text,
    item_hash bytea not null,
    body json not null,
    cluster text,
    bytes integer not null,
    inputs_hash bytea not null,
    expected_hash bytea not null,
    likeness bytea not null,
    expected_empty boolean not null,
    primary key (upload_id, position),
    unique (upload_id, example_id)
);
comment on table staged_examples is
    'Rows of open uploads; should the server crash, they go, and the upload is sent again';
