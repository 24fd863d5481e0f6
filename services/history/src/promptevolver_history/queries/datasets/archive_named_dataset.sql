-- $1 dataset id
update datasets
set
    archived_at = now(), updated_at = now(), revision = revision + 1,
    -- The draft is what it was.
    committed_revision = committed_revision + (revision = committed_revision)::integer
where dataset_id = $1
