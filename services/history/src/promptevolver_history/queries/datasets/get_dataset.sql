-- $1 content id, $2 project that must have it, or null
select s.set_id, s.name, s.sizes, s.inputs
from example_sets as s
where
    s.set_id = $1 and s.complete
    and ($2::text is null or exists (
        select 1 from dataset_grants as g where g.project = $2 and g.set_id = s.set_id
    ))
