-- $1 key id, $2 project, $3 name, $4 prefix, $5 secret hash, $6 scopes, $7 owner or null,
-- $8 created by, $9 expires at or null
insert into api_keys (
    key_id, project, name, prefix, secret_hash, scopes, owner, created_by, expires_at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
returning
    key_id, project, name, prefix, scopes, created_by, created_at, expires_at, revoked_at,
    last_used_at, last_address, replaced_by
