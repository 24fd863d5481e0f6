-- Gives no row when the job is no longer that attempt's.
-- $1 job id, $2 attempt, $3 state, $4 result or null, $5 error or null, $6 entries done,
-- $7 seconds until it expires
update jobs
set
    state = $3,
    result = $4,
    error = $5,
    done = $6,
    total = case when $3 = 'completed' then $6 else total end,
    ended_at = now(),
    claimed_until = null,
    expires_at = now() + make_interval(secs => $7)
where job_id = $1 and attempts = $2 and state = 'running'
returning job_id
