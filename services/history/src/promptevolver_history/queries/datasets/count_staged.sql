-- How many rows are staged, and which of them the draft cannot take any more.
-- $1 upload id, $2 dataset id, $3 draft id
select
    count(*) as staged,
    coalesce(max(s.position), 0) as last,
    count(*) filter (where s.split = 'train') as train,
    count(*) filter (where s.split = 'validation') as validation,
    count(*) filter (where s.split = 'test') as test,
    count(x.example_id) filter (where s.split <> 'test') as sealed,
    count(d.example_id) as present,
    count(d.example_id) filter (where d.item_hash = s.item_hash and d.split = s.split) as equal
from staged_examples as s
left join sealed_examples as x on x.dataset_id = $2 and x.example_id = s.example_id
left join set_examples as d on d.set_id = $3 and d.example_id = s.example_id
where s.upload_id = $1
