-- $1 project, $2 key id to continue below, or null, $3 limit
select
    key_id, project, name, prefix, scopes, created_by, created_at, expires_at, revoked_at,
    last_used_at, last_address, replaced_by
from api_keys
where project = $1 and ($2::text is null or key_id < $2)
order by key_id desc
limit $3
