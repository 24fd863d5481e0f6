-- $1 set id, $2 dataset id, $3 example id
select
    s.position, s.example_id, s.split, i.body as example,
    exists (
        select 1 from sealed_examples as x
        where x.dataset_id = $2 and x.example_id = s.example_id
    ) as sealed
from set_examples as s
inner join example_items as i on i.item_hash = s.item_hash
where s.set_id = $1 and s.example_id = $3
