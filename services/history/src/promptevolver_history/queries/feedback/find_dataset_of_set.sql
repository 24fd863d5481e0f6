-- The dataset whose versions have this content; of several the one that had it last.
-- $1 project, $2 content
select v.dataset_id
from dataset_versions as v
join datasets as d on d.dataset_id = v.dataset_id
where d.project = $1 and v.set_id = $2 and d.archived_at is null
order by v.created_at desc
limit 1
