-- $1 dataset version id, $2 example ids, $3 length of a preview, $4 project that has it
select
    s.example_id,
    left(i.body ->> 'inputs', $3::integer) as inputs,
    left(i.body ->> 'expected', $3::integer) as expected
from set_examples as s
inner join dataset_grants as g on g.project = $4 and g.set_id = s.set_id
inner join example_items as i on i.item_hash = s.item_hash
where s.set_id = $1 and s.example_id = any($2::text[])
