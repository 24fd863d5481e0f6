-- $1 dataset id
delete from datasets where dataset_id = $1 and not complete
