-- $1 age in seconds
delete from dataset_uploads where touched_at < now() - $1 * interval '1 second'
