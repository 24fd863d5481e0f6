-- $1 project, $2 dataset id, $3 number
select
    v.number, v.set_id, v.parent, v.note, v.created_at as committed_at,
    v.created_by as committed_by, c.sizes
from dataset_versions as v
inner join datasets as d on d.dataset_id = v.dataset_id
inner join example_sets as c on c.set_id = v.set_id
where d.project = $1 and d.dataset_id = $2 and v.number = $3
