-- $1 dataset id, $2 project, $3 draft id, $4 name, $5 description, $6 metadata, $7 schema of
-- inputs or null, $8 schema of expected values or null, $9 who
insert into datasets (
    dataset_id, project, draft_id, name, description, metadata, input_schema, expected_schema,
    created_by
)
values ($1, $2, $3, $4, $5, $6::json, $7::json, $8::json, $9)
