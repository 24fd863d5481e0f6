create table templates (
    template_id text collate "C" primary key,
    project text collate "C" not null,
    name text collate "C" not null,
    task text not null,
    version integer not null,
    created_at timestamptz not null default now(),
    unique (project, name)
);
create index templates_newest on templates (project, template_id);

create table template_versions (
    template_id text collate "C" not null references templates on delete cascade,
    version integer not null,
    content json not null,
    created_at timestamptz not null default now(),
    created_by text collate "C" not null,
    created_by_name text not null,
    primary key (template_id, version)
);
comment on table template_versions is 'Each change of a template makes a row; none is ever changed';
