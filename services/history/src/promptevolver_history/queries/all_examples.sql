-- $1 dataset id
select example from dataset_examples where dataset_id = $1 order by position
