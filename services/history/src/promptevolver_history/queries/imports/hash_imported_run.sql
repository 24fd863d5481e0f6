-- $1 run id, $2 hash of its content
update imported_runs set content_hash = $2 where run_id = $1
