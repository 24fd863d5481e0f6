-- $1 project, $2 name, $3 description
insert into projects (project, name, description) values ($1, $2, $3)
on conflict do nothing
returning
    project, name, description, created_at, archived_at, max_active_runs, daily_usd, revision
