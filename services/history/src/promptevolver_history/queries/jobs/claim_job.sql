-- Whoever dies with a job in hand leaves it to others after the claim's time. Projects take turns:
-- one that has nothing running comes first.
-- $1 seconds that the claim holds
with due as (
    select j.job_id
    from jobs as j
    where
        j.ready
        and (j.state = 'queued' or (j.state = 'running' and j.claimed_until < now()))
    order by
        (
            select count(*) from jobs as r
            where r.project = j.project and r.state = 'running' and r.claimed_until >= now()
        ),
        j.created_at
    limit 1
    for update skip locked
)
update jobs as j
set
    state = 'running',
    attempts = j.attempts + 1,
    claimed_until = now() + make_interval(secs => $1),
    started_at = coalesce(j.started_at, now()),
    done = 0
from due
where j.job_id = due.job_id
returning
    j.job_id, j.project, j.kind, j.state, j.request, j.done, j.total, j.attempts, j.result,
    j.error, j.actor, j.created_at, j.started_at, j.ended_at, j.expires_at
