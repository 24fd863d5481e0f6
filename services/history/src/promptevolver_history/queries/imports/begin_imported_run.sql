-- $1 run id, $2 project, $3 who
insert into imported_runs (run_id, project, content_hash, imported_by) values ($1, $2, '', $3)
on conflict do nothing
returning run_id
