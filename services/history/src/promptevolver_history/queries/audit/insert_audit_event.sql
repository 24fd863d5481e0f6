-- $1 project or null, $2 actor id, $3 actor name, $4 address, $5 trace id or null, $6 action,
-- $7 target, $8 details
insert into audit_events (
    project, actor_id, actor_name, address, trace_id, action, target, details
)
values ($1, $2, $3, $4, $5, $6, $7, $8::json)
