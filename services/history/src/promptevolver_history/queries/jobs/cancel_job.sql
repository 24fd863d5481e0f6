-- $1 project, $2 job id
update jobs
set state = 'cancelled', ended_at = now(), claimed_until = null
where project = $1 and job_id = $2 and state in ('queued', 'running')
returning job_id
