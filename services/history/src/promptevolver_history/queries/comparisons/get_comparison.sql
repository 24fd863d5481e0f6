-- $1 comparison id, $2 project, $3 outcomes of each run
select answer
from comparisons
where comparison_id = $1 and project = $2 and outcomes_seen = $3::bigint[]
