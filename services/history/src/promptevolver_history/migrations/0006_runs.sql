create table run_annotations (
    run_id text collate "C" primary key,
    project text collate "C" not null,
    version integer not null,
    name text,
    tags text[] not null,
    note text not null,
    archived boolean not null,
    words text not null,
    search tsvector not null generated always as (to_tsvector('simple', words)) stored,
    changed_at timestamptz not null,
    changed_by text not null
);
comment on table run_annotations is
    'What people say of runs. Made by them, so no rebuild touches it, and no key refers to runs';
comment on column run_annotations.name is 'Instead of the name that the request gave; null for none';
comment on column run_annotations.words is 'Name, tags and note as run_configs.words has its texts';
create index run_annotations_search on run_annotations using gin (search);
create index run_annotations_tagged on run_annotations using gin (tags);
create index run_annotations_of_project on run_annotations (project, run_id);

create table saved_views (
    view_id text collate "C" primary key,
    project text collate "C" not null,
    version integer not null,
    name text not null,
    resource text not null,
    filter json,
    sort json not null,
    fields json not null,
    shared boolean not null,
    owner text collate "C" not null,
    created_at timestamptz not null,
    changed_at timestamptz not null
);
comment on table saved_views is 'Lists that people look at again: theirs alone, or the project''s';
create index saved_views_of_project on saved_views (project, view_id);
