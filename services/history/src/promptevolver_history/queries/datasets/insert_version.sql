-- $1 dataset id, $2 number, $3 content id, $4 parent or null, $5 note, $6 who
insert into dataset_versions (dataset_id, number, set_id, parent, note, created_by)
values ($1, $2, $3, $4, $5, $6)
