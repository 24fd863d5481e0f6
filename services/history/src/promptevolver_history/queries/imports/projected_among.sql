-- $1 run ids
select run_id from runs where run_id = any($1::text[])
