-- $1 project, $2 dataset id, $3 number or null for the latest
select s.set_id, d.name, s.sizes, s.inputs, v.number
from datasets as d
inner join dataset_versions as v
    on v.dataset_id = d.dataset_id and v.number = coalesce($3::integer, d.latest)
inner join example_sets as s on s.set_id = v.set_id
where d.project = $1 and d.dataset_id = $2
