-- $1 project, $2 action or its noun, or null
select id, at, project, actor_id, actor_name, address, trace_id, action, target, details
from audit_events
where
    project = $1
    and ($2::text is null or action = $2 or starts_with(action, $2 || '.'))
order by id
