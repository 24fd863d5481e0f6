-- $1 run id, of whatever project
select
    exists (select from runs where run_id = $1)
    or exists (select from imported_runs where run_id = $1) as known
