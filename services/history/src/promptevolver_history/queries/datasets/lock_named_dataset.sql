-- Locks alone: what is joined to a row would be of before the wait for it.
-- $1 project, $2 dataset id
select dataset_id from datasets where project = $1 and dataset_id = $2 for update
