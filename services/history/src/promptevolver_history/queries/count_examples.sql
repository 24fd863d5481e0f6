-- $1 dataset id
select count(*) as stored from dataset_examples where dataset_id = $1
