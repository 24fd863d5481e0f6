alter table runs
    add column origin_run text collate "C",
    add column origin_candidate text collate "C",
    add column origin_relation text;
comment on column runs.origin_run is 'The run that this one descends from; null for none';
comment on column runs.origin_candidate is 'The candidate of that run that was forked';
comment on column runs.origin_relation is 'rerun, fork or continue';
create index runs_by_origin on runs (project, origin_run, requested_at, run_id)
where origin_run is not null;

alter table mutations add column feedback_ids json not null default '[]';
comment on column mutations.feedback_ids is 'Notes of people that the operator was shown';
