-- $1 project
select count(*) from jobs where project = $1 and state in ('queued', 'running')
