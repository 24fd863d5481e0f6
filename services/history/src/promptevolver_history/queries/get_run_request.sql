-- $1 run id, $2 project
select request, ended_texts
from runs
where run_id = $1 and project = $2
