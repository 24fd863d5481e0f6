-- Gives no row when the job is no longer that attempt's.
-- $1 job id, $2 attempt, $3 number, $4 content
insert into job_parts (job_id, role, number, content)
select held.job_id, 'file', $3, $4
from (
    select j.job_id from jobs as j
    where j.job_id = $1 and j.attempts = $2 and j.state = 'running'
    for share
) as held
returning job_id
