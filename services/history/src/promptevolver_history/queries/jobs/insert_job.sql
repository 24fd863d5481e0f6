-- $1 job id, $2 project, $3 kind, $4 whether it may begin, $5 request, $6 actor,
-- $7 seconds until it expires
insert into jobs (job_id, project, kind, ready, request, actor, expires_at)
values ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7))
on conflict do nothing
returning job_id
