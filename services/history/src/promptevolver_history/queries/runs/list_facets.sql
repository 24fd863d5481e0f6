-- $1 project, $2 field, $3 pattern of values, $4 limit
select value, runs
from run_facets
where project = $1 and field = $2 and runs > 0 and value ilike $3
order by runs desc, value
limit $4
