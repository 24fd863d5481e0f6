-- $1 content of a dataset, $2 example id, $3 project that has it
select s.split, i.body
from set_examples as s
join dataset_grants as g on g.project = $3 and g.set_id = s.set_id
join example_items as i on i.item_hash = s.item_hash
where s.set_id = $1 and s.example_id = $2
