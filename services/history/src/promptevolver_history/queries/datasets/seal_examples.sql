-- $1 dataset id, $2 set id, $3 version
insert into sealed_examples (dataset_id, example_id, version)
select $1, example_id, $3 from set_examples where set_id = $2 and split = 'test'
on conflict (dataset_id, example_id) do nothing
