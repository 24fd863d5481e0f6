create table feedback (
    feedback_id text collate "C" primary key,
    project text collate "C" not null,
    target text not null,
    run_id text collate "C",
    candidate_id text collate "C",
    example_id text collate "C",
    repeat integer not null default 0,
    prompt_id text collate "C",
    version integer,
    program text,
    set_id text collate "C",
    rating double precision,
    metric text,
    correction json,
    comment text not null,
    inputs json,
    output text,
    draft_dataset_id text collate "C",
    draft_example_id text collate "C",
    draft_note text,
    created_at timestamptz not null default now(),
    created_by text collate "C" not null,
    created_by_name text not null,
    withdrawn_at timestamptz
);
comment on column feedback.program is 'Name of the program that it is about';
comment on column feedback.set_id is 'Content of the dataset that the run used';
create index feedback_newest on feedback (project, feedback_id);
create index feedback_of_run on feedback (project, run_id, feedback_id);
create index feedback_of_prompt on feedback (project, prompt_id, feedback_id);
create index feedback_of_program on feedback (project, program, feedback_id)
where withdrawn_at is null;
create index feedback_of_set on feedback (project, set_id, feedback_id) where withdrawn_at is null;
create index feedback_ratings on feedback (run_id, candidate_id, example_id, repeat)
where rating is not null and withdrawn_at is null;

create table feedback_uses (
    feedback_id text collate "C" not null,
    run_id text collate "C" not null,
    primary key (feedback_id, run_id)
);
comment on table feedback_uses is 'Part of the projection: which runs showed it to an operator';
