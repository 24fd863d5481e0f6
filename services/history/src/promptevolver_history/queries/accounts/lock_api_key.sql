-- $1 project, $2 key id
select
    key_id, project, name, prefix, scopes, created_by, created_at, expires_at, revoked_at,
    last_used_at, last_address, replaced_by,
    owner,
    (revoked_at is null and (expires_at is null or expires_at > now())) as is_open
from api_keys
where project = $1 and key_id = $2
for update
