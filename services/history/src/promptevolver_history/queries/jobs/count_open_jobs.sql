-- $1 project, $2 kind or null for all
select count(*)
from jobs
where
    project = $1
    and state in ('queued', 'running')
    and ($2::text is null or kind = $2)
