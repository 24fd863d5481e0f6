-- $1 dataset id, $2 example ids
select example_id from sealed_examples where dataset_id = $1 and example_id = any($2::text[])
