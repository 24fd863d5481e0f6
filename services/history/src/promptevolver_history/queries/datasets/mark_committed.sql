-- $1 dataset id, $2 number
update datasets
set
    latest = $2, revision = revision + 1, committed_revision = revision + 1, updated_at = now()
where dataset_id = $1
