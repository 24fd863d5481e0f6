-- $1 run id, $2 project
select content_hash, complete from imported_runs where run_id = $1 and project = $2
