-- $1 run id, $2 project
select exists (select from runs where run_id = $1 and project = $2) as known
