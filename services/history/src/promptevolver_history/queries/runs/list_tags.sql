-- $1 project, $2 pattern of values, $3 limit
select tag as value, count(*) as runs
from run_annotations
cross join unnest(tags) as tag
where project = $1 and tag ilike $2
group by tag
order by runs desc, tag
limit $3
