-- $1 project, null for what concerns none, then what is not null: $2 actor id, $3 action,
-- $4 beginning of actions, $5 target, $6 since, $7 until, $8 id to continue below; $9 limit
select
    id, at, project, actor_id, actor_name, address, trace_id, action, target, details
from audit_events
where
    (project = $1::text or ($1::text is null and project is null))
    and ($2::text is null or actor_id = $2)
    and ($3::text is null or action = $3 or starts_with(action, $4::text))
    and ($5::text is null or target = $5)
    and ($6::timestamptz is null or at >= $6)
    and ($7::timestamptz is null or at < $7)
    and ($8::bigint is null or id < $8)
order by id desc
limit $9
