-- $1 run ids
select run_id from imported_runs where run_id = any($1::text[])
