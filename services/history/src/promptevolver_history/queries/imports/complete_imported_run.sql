-- $1 run id
update imported_runs set complete = true where run_id = $1
