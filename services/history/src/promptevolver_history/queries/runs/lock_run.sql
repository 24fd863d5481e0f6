-- Locks alone: what is joined to a row would be of before the wait for it.
-- $1 run id, $2 project
select run_id from runs where run_id = $1 and project = $2 for no key update
