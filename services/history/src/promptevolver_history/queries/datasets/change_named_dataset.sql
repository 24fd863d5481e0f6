-- $1 dataset id, $2 name, $3 description, $4 metadata, $5 schema of inputs or null, $6 schema of
-- expected values or null
update datasets
set
    name = $2, description = $3, metadata = $4::json, input_schema = $5::json,
    expected_schema = $6::json, revision = revision + 1, updated_at = now(),
    -- The draft is what it was.
    committed_revision = committed_revision + (revision = committed_revision)::integer
where dataset_id = $1
