-- $1 project, $2 dataset id, $3 version or null for the latest
select
    s.example_id, s.split, i.body as example,
    exists (
        select from sealed_examples as x
        where x.dataset_id = $2 and x.example_id = s.example_id
    ) as sealed
from datasets as d
inner join dataset_versions as v
    on v.dataset_id = d.dataset_id and v.number = coalesce($3::integer, d.latest)
inner join set_examples as s on s.set_id = v.set_id
inner join example_items as i on i.item_hash = s.item_hash
where d.project = $1 and d.dataset_id = $2
order by s.position
