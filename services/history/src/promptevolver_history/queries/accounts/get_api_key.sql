-- $1 project, $2 key id
select
    key_id, project, name, prefix, scopes, created_by, created_at, expires_at, revoked_at,
    last_used_at, last_address, replaced_by
from api_keys
where project = $1 and key_id = $2
