-- The run and what people say of it. $1 run id, $2 project
select
    n.name, coalesce(n.tags, '{}') as tags, coalesce(n.note, '') as note,
    coalesce(n.archived, false) as archived, coalesce(n.version, 0) as version
from runs as r
left join run_annotations as n on n.run_id = r.run_id
where r.run_id = $1 and r.project = $2
