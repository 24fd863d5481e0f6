-- $1 run id
select project from runs where run_id = $1
