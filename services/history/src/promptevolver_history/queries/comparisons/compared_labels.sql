-- Keys of metadata that examples can be parted by; the first examples tell enough of them.
-- $1 dataset version ids, $2 project
select distinct k.label
from set_examples as s
inner join dataset_grants as g on g.project = $2 and g.set_id = s.set_id
inner join example_items as i on i.item_hash = s.item_hash
cross join lateral json_object_keys(i.body -> 'metadata') as k (label)
where s.set_id = any($1::text[]) and s.position < 1000
order by k.label
limit 50
