-- $1 project, $2 job id
select job_id
from jobs
where project = $1 and job_id = $2 and not ready and state = 'queued'
for share
