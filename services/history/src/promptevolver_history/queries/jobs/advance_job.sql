-- Gives no row when the job is no longer that attempt's.
-- $1 job id, $2 attempt, $3 entries done, $4 entries in all or null, $5 seconds the claim holds
update jobs
set done = $3, total = $4, claimed_until = now() + make_interval(secs => $5)
where job_id = $1 and attempts = $2 and state = 'running'
returning job_id
