-- $1 upload id, $2 dataset id, $3 mode, $4 default split
insert into dataset_uploads (upload_id, dataset_id, mode, default_split)
values ($1, $2, $3, $4)
