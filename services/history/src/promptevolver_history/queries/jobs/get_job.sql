-- $1 project, $2 job id
select
    job_id, project, kind, state, request, done, total, attempts, result, error, actor, created_at,
    started_at, ended_at, expires_at
from jobs
where project = $1 and job_id = $2
