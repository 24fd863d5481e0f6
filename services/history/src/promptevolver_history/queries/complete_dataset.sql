-- $1 dataset id
update datasets set complete = true where dataset_id = $1
