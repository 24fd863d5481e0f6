create table prompts (
    prompt_id text collate "C" primary key,
    project text collate "C" not null,
    name text collate "C" not null,
    description text not null,
    tags text [] not null,
    guards json not null,
    latest integer,
    revision integer not null default 1,
    created_at timestamptz not null default now(),
    created_by text collate "C" not null,
    created_by_name text not null,
    updated_at timestamptz not null default now(),
    unique (project, name)
);
comment on column prompts.guards is 'By label: what a move of it needs';
comment on column prompts.latest is 'Number of the newest version; null without any';
create index prompts_newest on prompts (project, prompt_id);
create index prompts_by_tag on prompts using gin (tags);

create table prompt_versions (
    prompt_id text collate "C" not null references prompts on delete cascade,
    number integer not null,
    candidate_id text collate "C" not null,
    program_hash text collate "C" not null,
    program json not null,
    note text not null,
    parent integer,
    run_id text collate "C",
    origin json,
    verdict text,
    created_at timestamptz not null default now(),
    created_by text collate "C" not null,
    created_by_name text not null,
    primary key (prompt_id, number)
);
comment on column prompt_versions.origin is
    'The run as it stood when the version was made; null for one made by hand';
create index prompt_versions_by_program on prompt_versions (prompt_id, program_hash, number);
create index prompt_versions_by_run on prompt_versions (run_id, prompt_id, number)
where run_id is not null;

create function refuse_version_change() returns trigger language plpgsql as $$
begin
    raise exception 'versions of prompts are immutable';
end
$$;
create trigger prompt_versions_stay before update on prompt_versions
for each statement execute function refuse_version_change();

create table prompt_label_moves (
    move_id bigint generated always as identity primary key,
    prompt_id text collate "C" not null references prompts on delete cascade,
    label text collate "C" not null,
    kind text not null,
    from_version integer,
    to_version integer,
    undo_move bigint,
    verdict text,
    override text,
    reason text not null,
    at timestamptz not null default now(),
    moved_by text collate "C" not null,
    moved_by_name text not null
);
comment on column prompt_label_moves.undo_move is
    'The move that brought the label to where rolling back this one leads; null at the bottom';
create index prompt_label_moves_newest on prompt_label_moves (prompt_id, label, move_id);

create table prompt_labels (
    prompt_id text collate "C" not null references prompts on delete cascade,
    label text collate "C" not null,
    version integer not null,
    move_id bigint not null,
    primary key (prompt_id, label),
    foreign key (prompt_id, version) references prompt_versions (prompt_id, number)
    on delete cascade
);
comment on table prompt_labels is 'Where each label points now, and the move that brought it there';
