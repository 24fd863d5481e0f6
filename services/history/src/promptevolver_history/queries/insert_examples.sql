-- $1 dataset id, $2 positions, $3 example ids, $4 splits, $5 examples
insert into dataset_examples (position, example_id, split, example, dataset_id)
select new.*, $1::text
from unnest($2::integer[], $3::text[], $4::text[], $5::json[]) as new
on conflict (dataset_id, position) do nothing
