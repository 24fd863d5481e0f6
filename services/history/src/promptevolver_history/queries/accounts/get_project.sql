-- $1 project
select
    project, name, description, created_at, archived_at, max_active_runs, daily_usd, revision
from projects
where project = $1
