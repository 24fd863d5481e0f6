-- $1 project, $2 kind or null, $3 state or null, $4 id to continue below or null, $5 limit
select
    job_id, project, kind, state, request, done, total, attempts, result, error, actor, created_at,
    started_at, ended_at, expires_at
from jobs
where
    project = $1
    and ($2::text is null or kind = $2)
    and ($3::text is null or state = $3)
    and ($4::text is null or job_id < $4)
order by job_id desc
limit $5
