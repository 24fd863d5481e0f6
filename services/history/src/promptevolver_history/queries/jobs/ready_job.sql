-- $1 project, $2 job id, $3 seconds until it expires
update jobs
set ready = true, expires_at = now() + make_interval(secs => $3)
where project = $1 and job_id = $2
